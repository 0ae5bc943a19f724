/** Text at an editor's cursor, by every way through the gateway. */
import { describe, expect, it } from 'vitest'
import { CLAUDE } from '../../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse } from '../../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../../tools/app/raw-client.ts'
import { isCall, openaiAt } from '../../../tools/app/start-sluice.ts'
import {
  checkChatError,
  checkCompletionsAnswer,
  checkCompletionsStream,
} from '../../../tools/checkers/index.ts'
import { answerJson, plainUpstream } from '../../../tools/gateway/plain-upstream.ts'

const COMPLETIONS = '/v1/completions'
const MODEL = 'davinci-002'

const chunk = (text: string, finish_reason: string | null = null) => ({
  id: 'cmpl-9',
  object: 'text_completion',
  created: 1_760_000_000,
  model: MODEL,
  choices: [{ text, index: 0, logprobs: null, finish_reason }],
})

const sse = (...values: unknown[]): string =>
  values
    .map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`)
    .join('')

const STREAM = { 'content-type': 'text/event-stream' }

describe('at a provider that supports it', () => {
  it('a request and its answer pass through unchanged', async () => {
    const answer = {
      ...chunk('int', 'stop'),
      usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
    }
    const upstream = await plainUpstream((_call, response) => answerJson(response, answer))
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    const body = `{ "model": "${MODEL}", "prompt": ["def f("], "suffix": null, "echo": true, "n": 1 }`
    const received = await sluice.send(COMPLETIONS, { body })
    expect(received.status).toBe(200)
    expect(received.text).toBe(JSON.stringify(answer))
    expect(received.headers).toMatchObject({ 'x-sluice-target': `openai/${MODEL}` })
    expect(upstream.calls).toMatchObject([{ url: COMPLETIONS, text: body }])
    expect(await sluice.logged(isCall)).toMatchObject({
      route: `POST ${COMPLETIONS}`,
      tokensIn: 3,
      tokensOut: 1,
      outcome: 'ok',
    })
  })

  it('a stream passes through unchanged, under the name that an alias resolves to', async () => {
    const written = sse(chunk('in'), chunk('t'), chunk('', 'stop'), '[DONE]')
    const upstream = await plainUpstream((_call, response) =>
      response.writeHead(200, STREAM).end(written),
    )
    const sluice = await sluiceForTest({
      providers: [openaiAt(upstream.url)],
      aliases: [{ name: 'fim', targets: [`openai/${MODEL}`] }],
    })
    const received = await sluice.send(COMPLETIONS, {
      body: { model: 'fim', prompt: 'a', stream: true },
    })
    expect(received.text).toBe(written)
    expect(upstream.calls[0]?.body.model).toBe(MODEL)
  })

  it.each([
    ['closes', (end: () => void) => end()],
    ['is torn off', (_end: () => void, tear: () => void) => tear()],
  ])('a stream that %s before its end is ended as one that was cut', async (_how, stop) => {
    const upstream = await plainUpstream((_call, response) => {
      response.writeHead(200, STREAM)
      response.write(sse(chunk('in')), () =>
        setTimeout(
          () =>
            stop(
              () => response.end(),
              () => response.destroy(),
            ),
          20,
        ),
      )
    })
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    const received = await sluice.send(COMPLETIONS, {
      body: { model: MODEL, prompt: 'a', stream: true },
    })
    expect(received.broken).toBe(false)
    expect(checkCompletionsStream(received.bytes, { model: MODEL })).toEqual([])
    expect(received.text).toContain('"finish_reason":"length"')
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'upstream_broken' })
  })

  describe.each([false, true])('with usage injected: %s', (injectUsage) => {
    const failure = sse({ error: { message: 'It broke.', code: 500 } })

    it.each([
      ['whole', [sse(chunk('in')), failure]],
      ['with more behind it', [sse(chunk('in')) + failure + sse(chunk('t'), '[DONE]')]],
      ['in pieces', [sse(chunk('in')) + failure.slice(0, 12), failure.slice(12)]],
      ['half', [sse(chunk('in')), failure.slice(0, -2)]],
    ])('an error in its stream, %s, is not shown to the editor', async (_how, pieces) => {
      const upstream = await plainUpstream(async (_call, response) => {
        response.writeHead(200, STREAM)
        for (const piece of pieces) {
          response.write(piece)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        response.end()
      })
      const sluice = await sluiceForTest({
        providers: [{ ...openaiAt(upstream.url), injectUsage }],
      })
      const { bytes, text, broken } = await sluice.send(COMPLETIONS, {
        body: { model: MODEL, prompt: 'a', stream: true },
      })
      expect(broken).toBe(false)
      expect(text).not.toContain('error')
      expect(text).not.toContain('"t"')
      expect(text.startsWith(sse(chunk('in')))).toBe(true)
      expect(checkCompletionsStream(bytes, { model: MODEL })).toEqual([])
      expect(text).toContain('"finish_reason":"length"')
      const { outcome } = await sluice.logged(isCall)
      expect(outcome).toMatch(/^upstream_(?:failed|broken)$/)
    })
  })

  it('an error in place of its stream is a status', async () => {
    const upstream = await plainUpstream((_call, response) =>
      response.writeHead(200, STREAM).end(sse({ error: { message: 'No.', code: 400 } })),
    )
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    const { status, json } = await sluice.send(COMPLETIONS, {
      body: { model: MODEL, prompt: 'a', stream: true },
    })
    expect(status).toBe(400)
    expect(json).toMatchObject({ error: { message: 'No.' } })
  })

  it('a model that supports only Chat is asked in Chat', async () => {
    const { sluice, upstream } = await startHouse()
    const { bytes, headers } = await sluice.send(COMPLETIONS, {
      body: { model: 'openai/gpt-4o', prompt: 'hello', stream: true },
    })
    expect(callsOf(upstream).map(({ path }) => path)).toEqual(['/v1/chat/completions'])
    expect(checkCompletionsStream(bytes, { model: 'openai/gpt-4o' })).toEqual([])
    expect(headers['x-sluice-target']).toBe('openai/gpt-4o')
  })

  it.each([
    ['gpt-5.4-mini', '/v1/chat/completions'],
    ['o3', '/v1/chat/completions'],
    ['ft:gpt-4o-mini:acme', '/v1/chat/completions'],
    ['gpt-3.5-turbo-instruct', '/v1/completions'],
    ['ft:davinci-002:acme', '/v1/completions'],
    ['gpt-oss-120b', '/v1/completions'],
    ['qwen3-coder', '/v1/completions'],
  ])('%s is asked at %s', async (model, path) => {
    const upstream = await plainUpstream((_call, response) =>
      answerJson(response, { error: { message: 'No.' } }),
    )
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    await sluice.send(COMPLETIONS, { body: { model: `openai/${model}`, prompt: 'a' } })
    expect(upstream.calls[0]?.url).toBe(path)
  })

  it('usage that the operator wants is requested, and removed again', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 }
    const written = sse(chunk('in'), chunk('', 'stop'))
    const upstream = await plainUpstream((_call, response) =>
      response
        .writeHead(200, STREAM)
        .end(written + sse({ ...chunk(''), choices: [], usage }, '[DONE]')),
    )
    const sluice = await sluiceForTest({
      providers: [{ ...openaiAt(upstream.url), injectUsage: true }],
    })
    const received = await sluice.send(COMPLETIONS, {
      body: { model: MODEL, prompt: 'a', stream: true },
    })
    expect(received.text).toBe(`${written}data: [DONE]\n\n`)
    expect(upstream.calls[0]?.body.stream_options).toEqual({ include_usage: true })
    expect(await sluice.logged(isCall)).toMatchObject({
      tokensIn: 3,
      tokensOut: 1,
      estimated: false,
    })
  })
})

/** To a vendor that speaks another language, and to the model in this process. */
describe.each([CLAUDE, 'demo/echo'])('at %s', (model) => {
  const start = () => startHouse({ demo: { paceMs: 0 } })
  const answers = model === CLAUDE ? undefined : 'demo/echo'
  const expectation = { model: answers ?? model }

  it('is one text', async () => {
    const { sluice } = await start()
    const { status, json } = await sluice.send(COMPLETIONS, {
      body: { model, prompt: '[[say int x]]', max_tokens: 64, temperature: 0.1, stop: ['\n\n'] },
    })
    expect(status).toBe(200)
    expect(checkCompletionsAnswer(json, expectation)).toEqual([])
    expect(await sluice.logged(isCall)).toMatchObject({
      route: `POST ${COMPLETIONS}`,
      outcome: 'ok',
    })
  })

  it.each([true, false])('streams, with usage if it is requested: %s', async (include_usage) => {
    const { sluice } = await start()
    const { status, bytes, text } = await sluice.send(COMPLETIONS, {
      body: { model, prompt: 'a', suffix: 'b', stream: true, stream_options: { include_usage } },
    })
    expect(status).toBe(200)
    expect(checkCompletionsStream(bytes, { ...expectation, includeUsage: include_usage })).toEqual(
      [],
    )
    expect(text).toContain('"finish_reason":"stop"')
  })

  it.each([
    ['echo', { echo: true }],
    ['n', { n: 2 }],
    ['best_of', { best_of: 2 }],
    ['prompt', { prompt: ['a', 'b'] }],
    ['prompt', { prompt: [1, 2] }],
    ['prompt', { prompt: null }],
    ['suffix', { suffix: 7 }],
    ['max_tokens', { max_tokens: 'x' }],
    ['stop', { stop: {} }],
  ])('names %s, refusing %o', async (param, more) => {
    const { sluice, upstream } = await start()
    for (const stream of [false, true]) {
      const { status, json } = await sluice.send(COMPLETIONS, {
        body: { model, prompt: 'a', stream, ...more },
      })
      expect(status).toBe(400)
      expect(checkChatError(json)).toEqual([])
      expect(json.error).toMatchObject({ param })
    }
    expect(callsOf(upstream)).toEqual([])
  })
})

describe('translated', () => {
  it('sends the model both sides of the cursor, and names the dropped fields', async () => {
    const { sluice, upstream } = await startHouse()
    const { status, headers } = await sluice.send(COMPLETIONS, {
      body: { model: CLAUDE, prompt: 'def f(', suffix: ')', logprobs: 2 },
    })
    expect(status).toBe(200)
    expect(headers['x-sluice-dropped']).toBe('logprobs')
    const [call] = callsOf(upstream)
    expect(call?.path).toBe('/v1/messages')
    const asked = JSON.stringify(call?.body)
    expect(asked).toContain('<prefix>def f(</prefix>')
    expect(asked).toContain('<suffix>)</suffix>')
  })

  it.each(['[[cut 2]]', '[[garbage 2]]'])(
    'ends as if cut off when it breaks: %s',
    async (prompt) => {
      const sluice = await sluiceForTest({ demo: { paceMs: 0 } })
      const { bytes, text, broken } = await sluice.send(COMPLETIONS, {
        body: { model: 'demo/echo', prompt: `${prompt} many words are to come`, stream: true },
      })
      expect(broken).toBe(false)
      expect(checkCompletionsStream(bytes)).toEqual([])
      expect(text).toContain('"finish_reason":"length"')
    },
  )

  it('fails with a status if nothing was sent yet', async () => {
    const sluice = await sluiceForTest({ demo: { paceMs: 0 } })
    const { status, json } = await sluice.send(COMPLETIONS, {
      body: { model: 'demo/echo', prompt: '[[status 429]]', stream: true },
    })
    expect(status).toBe(429)
    expect(checkChatError(json)).toEqual([])
  })

  it('ends as if cut off when it fails after a silence', async () => {
    const sluice = await sluiceForTest({ demo: { paceMs: 0 }, openAfterMs: 20 })
    const { status, bytes } = await sluice.send(COMPLETIONS, {
      body: { model: 'demo/echo', prompt: '[[delay 200]] [[status 500]]', stream: true },
    })
    expect(status).toBe(200)
    expect(checkCompletionsStream(bytes)).toEqual([])
  })

  it('aborts the upstream when the editor cancels', async () => {
    const sluice = await sluiceForTest({ demo: { paceMs: 5 } })
    const client = await openRawClient(sluice.url)
    client.write(
      toRequest(COMPLETIONS, { model: 'demo/echo', prompt: '[[tokens 500]]', stream: true }),
    )
    await client.until('text_completion')
    client.socket.destroy()
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'client_left' })
  })
})

it('ends with its first id if the upstream breaks off in the middle', async () => {
  const { sluice } = await startHouse()
  const { bytes, text, broken } = await sluice.send(COMPLETIONS, {
    body: { model: CLAUDE, prompt: '[[text many words are to come]] [[cut 4]]', stream: true },
  })
  expect(broken).toBe(false)
  expect(checkCompletionsStream(bytes, { model: CLAUDE })).toEqual([])
  expect(text).toContain('"finish_reason":"length"')
  expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'upstream_broken' })
})
