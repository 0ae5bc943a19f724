/** Sluice fetches nothing that a request names: images, documents and servers of tools are the upstream's to fetch. */
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { CHAT, CLAUDE, GPT, MESSAGES, RESPONSES } from '../../tools/app/asks.ts'
import { listenForTest, sluiceForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { plainUpstream } from '../../tools/gateway/plain-upstream.ts'

const GEMINI = 'gemini-2.5-flash'
const MODELS = [GPT, CLAUDE, `gemini/${GEMINI}`, 'demo/echo']

const ANSWER = { error: { message: 'no, sir', type: 'invalid_request_error' } }

/** A place that nobody may go to, and an upstream that refuses everything. */
const start = async () => {
  let visits = 0
  const stray = createServer((_request, response) => response.end('{}'))
  stray.on('connection', () => visits++)
  const canary = await listenForTest(stray)
  const upstream = await plainUpstream((_call, response) => {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(JSON.stringify(ANSWER))
  })
  const { url } = upstream
  const sluice = await sluiceForTest({
    providers: [openaiAt(url), anthropicAt(url), geminiAt(url)],
    demo: {},
    retry: { retries: 0, baseMs: 1 },
  })
  return { sluice, upstream, canary, visits: () => visits }
}

const toUrls = (canary: string) => [
  `${canary}/picture.png`,
  canary.replace('http:', 'HTTP:'),
  canary.replace('127.0.0.1', 'localhost'),
  canary.replace('127.0.0.1', '0x7f000001'),
  canary.replace('http://', 'http://user:password@'),
  canary.replace('http:', 'ws:'),
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]:1/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:1/_x',
]

const chat = (url: string) => ({
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image_url', image_url: { url } },
        { type: 'file', file: { filename: url, file_data: url } },
      ],
    },
  ],
})

const messages = (url: string) => ({
  max_tokens: 100,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'url', url } },
        { type: 'document', source: { type: 'url', url }, title: url },
      ],
    },
  ],
})

const responses = (url: string) => ({
  input: [
    {
      role: 'user',
      content: [
        { type: 'input_image', image_url: url },
        { type: 'input_file', file_url: url },
      ],
    },
  ],
})

const contents = (url: string) => ({
  contents: [{ role: 'user', parts: [{ fileData: { fileUri: url, mimeType: 'image/png' } }] }],
})

const ASKS: readonly (readonly [string, (url: string) => object])[] = [
  [CHAT, chat],
  [MESSAGES, messages],
  [`${MESSAGES}/count_tokens`, messages],
  [RESPONSES, responses],
  [`${RESPONSES}/input_tokens`, responses],
  [`${RESPONSES}/compact`, responses],
]

const GEMINI_ACTIONS = ['generateContent', 'streamGenerateContent', 'countTokens']

describe('a URL in a request', () => {
  it.each(ASKS)('of %s is fetched by nobody here', async (path, toBody) => {
    const { sluice, canary, upstream, visits } = await start()
    for (const url of toUrls(canary))
      for (const model of MODELS) {
        const { status } = await sluice.send(path, { body: { model, ...toBody(url) } })
        expect(status).not.toBe(500)
      }
    expect(visits()).toBe(0)
    // Those that speak the client's protocol are sent the URL as it is.
    expect(upstream.calls.some(({ text }) => text.includes('169.254.169.254'))).toBe(true)
  })

  it.each(GEMINI_ACTIONS)('of %s is fetched by nobody here', async (action) => {
    const { sluice, canary, visits } = await start()
    for (const url of toUrls(canary))
      for (const model of [GEMINI, CLAUDE, GPT]) {
        const path = `/v1beta/models/${model}:${action}`
        expect((await sluice.send(path, { body: contents(url) })).status).not.toBe(500)
      }
    expect(visits()).toBe(0)
  })

  it('of a tool’s server is called by nobody here', async () => {
    const { sluice, canary, visits } = await start()
    const asks: readonly (readonly [string, object])[] = [
      [MESSAGES, { ...messages('x'), mcp_servers: [{ type: 'url', url: canary, name: 'x' }] }],
      [RESPONSES, { input: 'x', tools: [{ type: 'mcp', server_label: 'x', server_url: canary }] }],
      [RESPONSES, { input: 'x', tools: [{ type: 'computer', environment: canary }] }],
      [CHAT, { ...chat('x'), web_search_options: { url: canary }, callback_url: canary }],
    ]
    for (const [path, body] of asks)
      for (const model of MODELS)
        expect((await sluice.send(path, { body: { model, ...body } })).status).not.toBe(500)
    expect(visits()).toBe(0)
  })
})

it.each([301, 302, 303, 307, 308])(
  'a redirect (%i) of an upstream leads nowhere',
  async (status) => {
    let visits = 0
    const stray = createServer((_request, response) => response.end('{}'))
    stray.on('connection', () => visits++)
    const canary = await listenForTest(stray)
    const upstream = await plainUpstream((_call, response) => {
      response.writeHead(status, {
        location: `${canary}/v1/chat/completions`,
        refresh: `0; ${canary}`,
      })
      response.end()
    })
    const { url } = upstream
    const sluice = await sluiceForTest({
      providers: [openaiAt(url), anthropicAt(url), geminiAt(url)],
      retry: { retries: 0, baseMs: 1 },
    })
    for (const stream of [false, true])
      for (const model of MODELS.slice(0, 3)) {
        const body = { model, stream, messages: [{ role: 'user', content: 'x' }] }
        expect((await sluice.send(CHAT, { body })).status).toBeGreaterThanOrEqual(300)
      }
    await sluice.send('/v1/models')
    expect(visits).toBe(0)
  },
)
