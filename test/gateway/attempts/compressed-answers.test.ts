/** An upstream that compresses its answers although identity was asked: both lanes, streamed or not, and failures. */
import type { ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { sluiceForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { plainUpstream } from '../../tools/gateway/plain-upstream.ts'

const retry: AppOptions['retry'] = { retries: 0, baseMs: 1 }

const CODERS = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} as const

const USAGE = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }

const WHOLE = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Schön.' }, finish_reason: 'stop' }],
  usage: USAGE,
})

const chunk = (fields: object) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`

const STREAM = [
  chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Schön.' } }] }),
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  chunk({ choices: [], usage: USAGE }),
  'data: [DONE]\n\n',
].join('')

interface Said {
  readonly coding: string
  readonly body: Buffer
  readonly status?: number
  readonly type?: string
}

const say = (response: ServerResponse, { coding, body, status = 200, type }: Said): void =>
  void response
    .writeHead(status, { 'content-type': type ?? 'application/json', 'content-encoding': coding })
    .end(body)

const startHouse = async (said: Said) => {
  const { url } = await plainUpstream((_, response) => say(response, said))
  const openai = { ...openaiAt(url), protocols: ['openai-chat'] as const }
  return sluiceForTest({ retry, providers: [openai, anthropicAt(url), geminiAt(url)] })
}

const LANES = [
  ['relayed', CHAT, chatBody],
  ['translated', MESSAGES, messagesBody],
] as const

const MODEL = 'openai/m'

describe.each(LANES)('a %s answer', (_, path, toBody) => {
  it.each(Object.entries(CODERS))('that is %s is decoded', async (coding, encode) => {
    const sluice = await startHouse({ coding, body: encode(WHOLE) })
    const answer = await sluice.send(path, { body: toBody('Hi', { model: MODEL }) })
    expect(answer.status).toBe(200)
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answer.text).toContain('Schön.')
    const line = await sluice.logged(isCall)
    expect(line).toMatchObject({ outcome: 'ok', tokensIn: 9, tokensOut: 4 })
  })

  it.each(Object.entries(CODERS))('that is streamed as %s is decoded', async (coding, encode) => {
    const sluice = await startHouse({ coding, body: encode(STREAM), type: 'text/event-stream' })
    const answer = await sluice.send(path, { body: toBody('Hi', { model: MODEL, stream: true }) })
    expect(answer.status).toBe(200)
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answer.text).toContain('Schön.')
    const line = await sluice.logged(isCall)
    expect(line).toMatchObject({ outcome: 'ok', tokensIn: 9, tokensOut: 4 })
  })

  it('that failed reports the reason', async () => {
    const body = gzipSync(JSON.stringify({ error: { message: 'The prompt is too long.' } }))
    const sluice = await startHouse({ coding: 'gzip', body, status: 400 })
    const answer = await sluice.send(path, { body: toBody('Hi', { model: MODEL }) })
    expect(answer.status).toBe(400)
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answer.json).toMatchObject({ error: { message: 'The prompt is too long.' } })
  })

  it.each(['gzip', 'unheard-of'])(
    'that failed and cannot be decoded as %s keeps its status, and shows none of its bytes',
    async (coding) => {
      const body = Buffer.from([0xff, 0x01, 0x8b, 0x1f, 0x00, 0x41])
      const sluice = await startHouse({ coding, body, status: 400 })
      const answer = await sluice.send(path, { body: toBody('Hi', { model: MODEL }) })
      expect(answer.status).toBe(400)
      expect(answer.headers).not.toHaveProperty('content-encoding')
      const message = 'The upstream answered with status 400.'
      expect(answer.json).toMatchObject({ error: { message } })
    },
  )

  it('that does not match its coding is a failure of the upstream', async () => {
    const sluice = await startHouse({ coding: 'gzip', body: Buffer.from(WHOLE) })
    const answer = await sluice.send(path, { body: toBody('Hi', { model: MODEL }) })
    expect(answer.status).toBe(502)
    expect(answer.text).toContain('compressed its answer in a way that cannot be undone')
  })

  it('that ends before its coding does delivers its text, then an error', async () => {
    const cut = gzipSync(STREAM).subarray(0, -8)
    const sluice = await startHouse({ coding: 'gzip', body: cut, type: 'text/event-stream' })
    const answer = await sluice.send(path, { body: toBody('Hi', { model: MODEL, stream: true }) })
    expect(answer.text).toContain('Schön.')
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'ok' })
  })
})

describe('an answer in a coding that is not known', () => {
  const coded = Buffer.from([0, 1, 2, 255, 128, 10])

  it.each([false, true])('is relayed with the name of its coding (stream: %s)', async (stream) => {
    const type = stream ? 'text/event-stream' : 'application/json'
    const sluice = await startHouse({ coding: 'unheard-of', body: coded, type })
    const answer = await sluice.send(CHAT, { body: chatBody('Hi', { model: MODEL, stream }) })
    expect(answer.status).toBe(200)
    expect(answer.headers['content-encoding']).toBe('unheard-of')
    expect(answer.bytes).toEqual(coded)
  })

  it.each([false, true])('is refused if it must be decoded (stream: %s)', async (stream) => {
    const type = stream ? 'text/event-stream' : 'application/json'
    const sluice = await startHouse({ coding: 'unheard-of', body: coded, type })
    const answer = await sluice.send(MESSAGES, {
      body: messagesBody('Hi', { model: MODEL, stream }),
    })
    expect(answer.status).toBe(502)
    expect(answer.text).toContain("compressed its answer as 'unheard-of'")
  })
})

describe('every other call', () => {
  it('for embeddings is decoded', async () => {
    const body = gzipSync(
      JSON.stringify({
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.5, 1] }],
        model: 'm',
        usage: { prompt_tokens: 3, total_tokens: 3 },
      }),
    )
    const sluice = await startHouse({ coding: 'gzip', body })
    const relayed = await sluice.send('/v1/embeddings', { body: { model: MODEL, input: 'a' } })
    expect(relayed.json).toMatchObject({ data: [{ embedding: [0.5, 1] }] })
    const translated = await sluice.send('/v1beta/models/openai%2Fm:embedContent', {
      body: { content: { parts: [{ text: 'a' }] } },
    })
    expect(translated.json).toMatchObject({ embedding: { values: [0.5, 1] } })
  })

  it('to a token count is decoded', async () => {
    const body = brotliCompressSync('{"input_tokens":7}')
    const sluice = await startHouse({ coding: 'br', body })
    const answer = await sluice.send('/v1/messages/count_tokens', {
      body: { model: 'anthropic/m', messages: [{ role: 'user', content: 'Hi' }] },
    })
    expect(answer.json).toEqual({ input_tokens: 7 })
    expect(await sluice.logged(isCall)).toMatchObject({ tokensIn: 7 })
  })
})

describe('a small answer that grows large', () => {
  it('is aborted if it is too large to hold', async () => {
    const body = gzipSync(Buffer.alloc(160 * 1024 * 1024, ' '))
    const sluice = await startHouse({ coding: 'gzip', body })
    const answer = await sluice.send(CHAT, { body: chatBody('Hi', { model: MODEL }) })
    expect(answer.status).toBe(502)
    expect(answer.text).toContain('more than can be held')
  })

  it('is cut off if it is a failure', async () => {
    const body = gzipSync(Buffer.alloc(160 * 1024 * 1024, 'x'))
    const sluice = await startHouse({ coding: 'gzip', body, status: 500 })
    const answer = await sluice.send(CHAT, { body: chatBody('Hi', { model: MODEL }) })
    expect(answer.status).toBe(500)
    expect(answer.bytes.length).toBeLessThan(70_000)
  })
})
