/** Vectors of texts, by every way through the gateway. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CLAUDE } from '../../tools/app/asks.ts'
import { callsOf, closeLater, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { checkChatError, checkEmbeddings, checkGeminiError } from '../../tools/checkers/index.ts'
import { answerJson, plainUpstream } from '../../tools/gateway/plain-upstream.ts'

const EMBEDDINGS = '/v1/embeddings'
const OPENAI = 'text-embedding-3-small'
const GEMINI = 'gemini-embedding-001'
const single = (model: string, version = 'v1beta') => `/${version}/models/${model}:embedContent`
const batch = (model: string, version = 'v1beta') =>
  `/${version}/models/${model}:batchEmbedContents`

const startAll = async (options: Partial<AppOptions> = {}) => {
  const upstream = await upstreamForTest()
  const { url } = upstream
  const sluice = await sluiceForTest({
    providers: [openaiAt(url), anthropicAt(url), geminiAt(url)],
    demo: { paceMs: 0 },
    ...options,
  })
  return { upstream, sluice }
}

const content = (text: string) => ({ parts: [{ text }] })
const requestsOf = (texts: readonly string[], more = {}) => ({
  requests: texts.map((text) => ({ model: `models/${GEMINI}`, content: content(text), ...more })),
})
const texts = (count: number) => Array.from({ length: count }, (_, at) => `text ${at}`)

interface Vectors {
  data: { embedding: number[] }[]
  usage: { prompt_tokens: number }
}

const vectorsOf = (json: unknown) => (json as Vectors).data.map(({ embedding }) => embedding)
const valuesOf = (json: unknown) =>
  (json as { embeddings: { values: number[] }[] }).embeddings.map(({ values }) => values)

describe('from OpenAI to OpenAI', () => {
  it('a request and its answer pass through unchanged', async () => {
    const { sluice, upstream } = await startAll()
    const body = `{ "model": "${OPENAI}",  "input": ["a", "b"], "encoding_format": "base64" }`
    const answer = await sluice.send(`${EMBEDDINGS}?x=1`, { body })
    expect(answer.status).toBe(200)
    expect(checkEmbeddings(answer.json, { model: OPENAI, inputs: 2, format: 'base64' })).toEqual([])
    const [call] = callsOf(upstream)
    expect(call).toMatchObject({ path: EMBEDDINGS, query: 'x=1' })
    expect(call?.rawBody.toString()).toBe(body)
    expect(answer.headers).toMatchObject({
      'x-sluice-model': OPENAI,
      'x-sluice-target': `openai/${OPENAI}`,
      'x-sluice-attempts': '1',
    })
    expect(await sluice.logged(isCall)).toMatchObject({
      route: `POST ${EMBEDDINGS}`,
      tokensIn: (answer.json as unknown as Vectors).usage.prompt_tokens,
      tokensOut: 0,
      estimated: false,
      outcome: 'ok',
    })
  })

  it('only the name of the model changes if an alias requires it', async () => {
    const { sluice, upstream } = await startAll({
      aliases: [{ name: 'vectors', targets: [`openai/${OPENAI}`] }],
    })
    const body = { model: 'vectors', input: [[1, 2, 3], [4]], user: 'me', dimensions: 8 }
    const { status } = await sluice.send(EMBEDDINGS, { body })
    expect(status).toBe(200)
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(
      JSON.stringify({ ...body, model: OPENAI }),
    )
  })

  it('a list of many tokens is one input', async () => {
    const { sluice, upstream } = await startAll()
    const input = Array.from({ length: 3000 }, (_, at) => at)
    const { json } = await sluice.send(EMBEDDINGS, { body: { model: OPENAI, input } })
    expect(checkEmbeddings(json, { inputs: 1 })).toEqual([])
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it.each(['float', 'base64'] as const)(
    'more inputs than the vendor accepts are sent in parts, as %s',
    async (format) => {
      const { sluice, upstream } = await startAll({
        aliases: [{ name: 'vectors', targets: [`openai/${OPENAI}`] }],
      })
      const ask = (input: readonly string[]) =>
        sluice.send(EMBEDDINGS, {
          body: { model: 'vectors', input, dimensions: 4, encoding_format: format },
        })
      const input = texts(2100)
      const { json } = await ask(input)
      expect(checkEmbeddings(json, { model: OPENAI, inputs: 2100, dimensions: 4, format })).toEqual(
        [],
      )
      expect(callsOf(upstream).map(({ body }) => (body as { input: [] }).input.length)).toEqual([
        2048, 52,
      ])
      const last = await ask(input.slice(-1))
      expect(vectorsOf(json).at(-1)).toEqual(vectorsOf(last.json)[0])
      const lines = sluice.log.filter(isCall)
      expect(lines).toHaveLength(2)
      expect(lines[0]).toMatchObject({
        tokensIn: (json as unknown as Vectors).usage.prompt_tokens,
        attempts: 1,
      })
    },
  )

  it('a refusal has the vendor’s message', async () => {
    const { sluice, upstream } = await startAll()
    const { status, json } = await sluice.send(EMBEDDINGS, {
      body: { model: OPENAI, input: 'a', dimensions: 9_999 },
    })
    expect(status).toBe(400)
    expect(json).toMatchObject({ error: { message: callsOf(upstream)[0]?.refused } })
  })
})

describe('from OpenAI to Gemini', () => {
  it.each([undefined, 'float', 'base64'] as const)('as %s', async (encoding_format) => {
    const { sluice, upstream } = await startAll()
    const body = { model: GEMINI, input: ['a', 'b'], dimensions: 16, user: 'me', encoding_format }
    const { status, json, headers } = await sluice.send(EMBEDDINGS, { body })
    expect(status).toBe(200)
    const format = encoding_format ?? 'float'
    expect(checkEmbeddings(json, { model: GEMINI, inputs: 2, dimensions: 16, format })).toEqual([])
    expect(headers['x-sluice-dropped']).toBe('user')
    expect(callsOf(upstream)[0]).toMatchObject({
      path: batch(GEMINI),
      body: requestsOf(['a', 'b'], { outputDimensionality: 16 }),
    })
    expect(await sluice.logged(isCall)).toMatchObject({ estimated: true, outcome: 'ok' })
  })

  it('base64 holds the same numbers, little-endian', async () => {
    const { sluice } = await startAll()
    const body = { model: GEMINI, input: 'a', dimensions: 4 }
    const plain = await sluice.send(EMBEDDINGS, { body })
    const packed = await sluice.send(EMBEDDINGS, { body: { ...body, encoding_format: 'base64' } })
    const bytes = Buffer.from(String(vectorsOf(packed.json)[0]), 'base64')
    expect(bytes).toHaveLength(16)
    const [vector = []] = vectorsOf(plain.json)
    for (const [at, number] of vector.entries())
      expect(bytes.readFloatLE(at * 4)).toBeCloseTo(number, 6)
  })

  it('in as many parts as the vendor requires, in order', async () => {
    const { sluice, upstream } = await startAll()
    const input = texts(250)
    const { json } = await sluice.send(EMBEDDINGS, {
      body: { model: GEMINI, input, dimensions: 3 },
    })
    expect(checkEmbeddings(json, { inputs: 250, dimensions: 3 })).toEqual([])
    const sizes = callsOf(upstream).map(({ body }) => (body as { requests: [] }).requests.length)
    expect(sizes).toEqual([100, 100, 50])
    const alone = await sluice.send(EMBEDDINGS, {
      body: { model: GEMINI, input: input[201], dimensions: 3 },
    })
    expect(vectorsOf(json)[201]).toEqual(vectorsOf(alone.json)[0])
  })

  it.each([[[1, 2]], [['a', [1]]]])('not with tokens: %o', async (input) => {
    const { sluice, upstream } = await startAll()
    const { status, json } = await sluice.send(EMBEDDINGS, { body: { model: GEMINI, input } })
    expect(status).toBe(400)
    expect(checkChatError(json)).toEqual([])
    expect(json.error).toMatchObject({ param: 'input' })
    expect(callsOf(upstream)).toEqual([])
  })
})

describe('from Gemini to Gemini', () => {
  it.each(['v1beta', 'v1'])('one and many pass through unchanged, on /%s', async (version) => {
    const { sluice, upstream } = await startAll()
    const one = JSON.stringify({ content: content('a'), taskType: 'RETRIEVAL_QUERY' })
    const many = JSON.stringify(requestsOf(['a', 'b'], { taskType: 'RETRIEVAL_QUERY' }))
    const first = await sluice.send(single(GEMINI, version), { body: one })
    expect(first.status).toBe(200)
    expect(first.json).toMatchObject({ embedding: { values: expect.any(Array) } })
    const second = await sluice.send(batch(GEMINI, version), { body: many })
    expect(valuesOf(second.json)).toHaveLength(2)
    expect(callsOf(upstream).map(({ rawBody }) => rawBody.toString())).toEqual([one, many])
  })

  it('the name in the body matches the one in the path', async () => {
    const { sluice, upstream } = await startAll({
      aliases: [{ name: 'vectors', targets: [`gemini/${GEMINI}`] }],
    })
    const named = { model: 'models/vectors', content: content('a') }
    expect((await sluice.send(single('vectors'), { body: named })).status).toBe(200)
    const body = { requests: [named, { content: content('b'), model: 'models/vectors' }] }
    expect(valuesOf((await sluice.send(batch('vectors'), { body })).json)).toHaveLength(2)
    expect(callsOf(upstream)).toMatchObject([
      { path: single(GEMINI), body: { model: `models/${GEMINI}` } },
      { path: batch(GEMINI), body: requestsOf(['a', 'b']) },
    ])
  })

  it('a batch that is too large is sent in parts', async () => {
    const { sluice, upstream } = await startAll()
    const { json } = await sluice.send(batch(GEMINI), { body: requestsOf(texts(101)) })
    expect(valuesOf(json)).toHaveLength(101)
    expect(callsOf(upstream)).toHaveLength(2)
  })

  it('a refusal has the vendor’s message', async () => {
    const { sluice, upstream } = await startAll()
    const { status, json } = await sluice.send(batch(GEMINI), { body: { requests: [{}] } })
    expect(status).toBe(400)
    expect(checkGeminiError(json)).toEqual([])
    expect(json).toMatchObject({ error: { message: callsOf(upstream)[0]?.refused } })
  })
})

describe('from Gemini to OpenAI', () => {
  it('one and many are translated', async () => {
    const { sluice, upstream } = await startAll()
    const one = await sluice.send(single(OPENAI), {
      body: { content: content('a'), outputDimensionality: 4, taskType: 'RETRIEVAL_QUERY' },
    })
    expect(one.json).toMatchObject({ embedding: { values: expect.any(Array) } })
    expect(one.headers['x-sluice-dropped']).toBe('taskType')
    const many = await sluice.send(batch(OPENAI), {
      body: { requests: [{ content: content('a') }, { content: content('b') }] },
    })
    expect(valuesOf(many.json).map((values) => values.length)).toEqual([1536, 1536])
    expect(callsOf(upstream)).toMatchObject([
      { path: EMBEDDINGS, body: { model: OPENAI, input: ['a'], dimensions: 4 } },
      { path: EMBEDDINGS, body: { model: OPENAI, input: ['a', 'b'] } },
    ])
  })

  it.each([
    ['requests', {}],
    ['requests', { requests: 7 }],
    ['requests', { requests: [] }],
    ['requests[0]', { requests: [7] }],
    ['requests[0].content', { requests: [{}] }],
    ['requests[0].content', { requests: [{ content: { parts: [] } }] }],
    ['requests[0].content.parts[0]', { requests: [{ content: { parts: [{ inlineData: {} }] } }] }],
    ['requests[0].content.parts[0].text', { requests: [{ content: { parts: [{ text: 7 }] } }] }],
    [
      'requests[1].outputDimensionality',
      { requests: [{ content: content('a') }, { content: content('a'), outputDimensionality: 4 }] },
    ],
    [
      'requests[0].outputDimensionality',
      { requests: [{ content: content('a'), outputDimensionality: 0 }] },
    ],
  ])('names %s if it is invalid: %o', async (field, body) => {
    const { sluice, upstream } = await startAll()
    const { status, json } = await sluice.send(batch(OPENAI), { body })
    expect(status).toBe(400)
    expect(checkGeminiError(json)).toEqual([])
    expect((json.error as { message: string }).message).toContain(`'${field}'`)
    expect(callsOf(upstream)).toEqual([])
  })
})

describe('at the demo', () => {
  it.each(['float', 'base64'] as const)('as %s', async (format) => {
    const { sluice, upstream } = await startAll()
    const { json } = await sluice.send(EMBEDDINGS, {
      body: { model: 'demo/echo', input: ['a', 'b'], encoding_format: format },
    })
    expect(
      checkEmbeddings(json, { model: 'demo/echo', inputs: 2, dimensions: 256, format }),
    ).toEqual([])
    expect(callsOf(upstream)).toEqual([])
    expect(await sluice.logged(isCall)).toMatchObject({
      target: 'demo/echo',
      tokensIn: 2,
      tokensOut: 0,
      outcome: 'ok',
    })
  })

  it('in the protocol of Gemini', async () => {
    const { sluice } = await startAll()
    const { json } = await sluice.send(single('demo%2Fecho'), { body: { content: content('a') } })
    expect((json.embedding as { values: number[] }).values).toHaveLength(256)
  })
})

describe.each(['demo/echo', GEMINI])('translated to %s', (model) => {
  it.each([
    ['input', {}],
    ['input', { input: null }],
    ['input', { input: '' }],
    ['input', { input: [] }],
    ['input', { input: 7 }],
    ['input', { input: {} }],
    ['input[1]', { input: ['a', ''] }],
    ['input[1]', { input: ['a', 7] }],
    ['input[0]', { input: [[]] }],
    ['input[0]', { input: [['a']] }],
    ['input[0]', { input: [[-1]] }],
    ['input', { input: [1, 'a'] }],
    ['input', { input: texts(4097) }],
    ['dimensions', { input: 'a', dimensions: 0 }],
    ['dimensions', { input: 'a', dimensions: -1 }],
    ['dimensions', { input: 'a', dimensions: 1.5 }],
    ['dimensions', { input: 'a', dimensions: '4' }],
    ['encoding_format', { input: 'a', encoding_format: 'hex' }],
    ['encoding_format', { input: 'a', encoding_format: 7 }],
    ['user', { input: 'a', user: 7 }],
  ])('names %s if it is invalid', async (param, more) => {
    const { sluice, upstream } = await startAll()
    const { status, json } = await sluice.send(EMBEDDINGS, { body: { model, ...more } })
    expect(status).toBe(400)
    expect(checkChatError(json)).toEqual([])
    expect(json.error).toMatchObject({ param })
    expect(callsOf(upstream)).toEqual([])
  })
})

describe('guarantees for every call', () => {
  it('a model that does not embed is named', async () => {
    const { sluice, upstream } = await startAll()
    for (const model of [CLAUDE, `anthropic/${CLAUDE}`]) {
      const { status, json } = await sluice.send(EMBEDDINGS, { body: { model, input: 'a' } })
      expect(status).toBe(400)
      expect(json.error).toMatchObject({ param: 'model' })
    }
    const { status, json } = await sluice.send(single(CLAUDE), { body: { content: content('a') } })
    expect(status).toBe(400)
    expect(checkGeminiError(json)).toEqual([])
    expect(callsOf(upstream)).toEqual([])
  })

  it.each(['', '{', '[]', '{"input":"a"}', '{"model":7,"input":"a"}'])(
    'a body that is none is refused: %s',
    async (body) => {
      const { sluice } = await startAll()
      const { status, json } = await sluice.send(EMBEDDINGS, { body })
      expect(status).toBe(400)
      expect(checkChatError(json)).toEqual([])
    },
  )

  it('a caller without a key receives none', async () => {
    const { sluice } = await startAll({ keys: ['sk-own'] })
    const body = { model: OPENAI, input: 'a' }
    expect((await sluice.send(EMBEDDINGS, { body })).status).toBe(401)
    const headers = { authorization: 'Bearer sk-own' }
    expect((await sluice.send(EMBEDDINGS, { body, headers })).status).toBe(200)
    expect((await sluice.send(EMBEDDINGS, { method: 'GET', headers })).status).toBe(405)
  })

  it('another target answers all of it if the first is down', async () => {
    const good = await upstreamForTest()
    const bad = await plainUpstream(({ body }, response, count) => {
      const { requests } = body as { requests: [] }
      if (count > 1) return answerJson(response, { error: { code: 503, message: 'busy' } }, 503)
      return answerJson(response, { embeddings: requests.map(() => ({ values: [7, 7, 7] })) })
    })
    const sluice = await sluiceForTest({
      providers: [geminiAt(bad.url), openaiAt(good.url)],
      aliases: [{ name: 'v', targets: [`gemini/${GEMINI}`, `openai/${OPENAI}`] }],
    })
    const { json, headers } = await sluice.send(EMBEDDINGS, {
      body: { model: 'v', input: texts(150), dimensions: 3 },
    })
    expect(checkEmbeddings(json, { inputs: 150, dimensions: 3 })).toEqual([])
    expect(JSON.stringify(json)).not.toContain('[7,7,7]')
    expect(headers).toMatchObject({
      'x-sluice-target': `openai/${OPENAI}`,
      'x-sluice-attempts': '2',
    })
  })

  it('a failed attempt is repeated, without the parts that were answered', async () => {
    const upstream = await plainUpstream(({ body }, response, count) => {
      const { requests } = body as { requests: [] }
      if (count === 2) return answerJson(response, { error: { code: 500, message: 'oh' } }, 500)
      return answerJson(response, { embeddings: requests.map(() => ({ values: [count, 1] })) })
    })
    const sluice = await sluiceForTest({ providers: [geminiAt(upstream.url)] })
    const { json } = await sluice.send(EMBEDDINGS, { body: { model: GEMINI, input: texts(150) } })
    const vectors = vectorsOf(json)
    expect(vectors).toHaveLength(150)
    expect([vectors[99], vectors[100]]).toEqual([
      [1, 1],
      [3, 1],
    ])
    expect(upstream.calls).toHaveLength(3)
  })

  it.each([
    ['no JSON', 'hello'],
    ['no vectors', '{}'],
    ['vectors of nothing', '{"embeddings":[{"values":[]}]}'],
    ['vectors of words', '{"embeddings":[{"values":["a"]}]}'],
    ['a vector too many', '{"embeddings":[{"values":[1]},{"values":[1]}]}'],
    ['a list of something else', '{"embeddings":[7]}'],
  ])('an upstream that answers with %s is at fault', async (_what, answer) => {
    const upstream = await plainUpstream((_call, response) => response.writeHead(200).end(answer))
    const sluice = await sluiceForTest({ providers: [geminiAt(upstream.url)] })
    const { status, json } = await sluice.send(EMBEDDINGS, { body: { model: GEMINI, input: 'a' } })
    expect(status).toBe(502)
    expect(checkChatError(json)).toEqual([])
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'upstream_invalid' })
  })

  it.each([
    ['relayed', OPENAI],
    ['translated', GEMINI],
  ])('a client that leaves aborts the call, %s', async (_how, model) => {
    let left: (() => void) | undefined
    const hasLeft = new Promise<void>((resolve) => (left = resolve))
    const upstream = await plainUpstream((_call, response) => {
      response.once('close', () => left?.())
      client.socket.destroy()
    })
    const sluice = await sluiceForTest({
      providers: [openaiAt(upstream.url), geminiAt(upstream.url)],
    })
    const client = await openRawClient(sluice.url)
    closeLater({ close: async () => void client.socket.destroy() })
    client.write(toRequest(EMBEDDINGS, { model, input: 'a' }))
    await hasLeft
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'client_left', tokensOut: 0 })
    expect(upstream.calls).toHaveLength(1)
  })

  it.each([
    ['than a complete answer may be is refused, and not asked for again', 512, 502, 'can be held'],
    ['than the caller’s share is refused', 48, 429, 'share'],
  ])('a joined answer that is larger %s', async (_, megabytes, status, words) => {
    const padding = 'x'.repeat(17 * 1024 * 1024)
    const { url, calls } = await plainUpstream((_asked, response) =>
      answerJson(response, { object: 'list', data: [], padding }),
    )
    const sluice = await sluiceForTest({
      keys: ['sk-a', 'sk-b'],
      limits: { bodyBytes: 1024 * 1024, inFlightBytes: megabytes * 1024 * 1024, depth: 100 },
      providers: [openaiAt(url)],
    })
    const refused = await sluice.send(EMBEDDINGS, {
      headers: { 'x-api-key': 'sk-a' },
      body: { model: OPENAI, input: texts(2048 * 2 - 1) },
    })
    expect(refused.status).toBe(status)
    expect(refused.text).toContain(words)
    expect(calls).toHaveLength(2)
  })

  it('too many inputs are refused', async () => {
    const { sluice, upstream } = await startAll()
    const { status, json } = await sluice.send(EMBEDDINGS, {
      body: { model: OPENAI, input: texts(4097) },
    })
    expect(status).toBe(400)
    expect(json.error).toMatchObject({ param: 'input' })
    const relayed = await sluice.send(batch(GEMINI), { body: requestsOf(texts(4097)) })
    expect(relayed.status).toBe(400)
    expect(JSON.stringify(relayed.json)).toContain("'requests'")
    expect(callsOf(upstream)).toEqual([])
  })
})
