/** Models that a caller may not use: under no name, on no route, and not in its lists. */
import { describe, expect, it } from 'vitest'
import type { KeyOptions } from '#access'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import {
  callsOf,
  type House,
  startHouse,
  sluiceForTest,
  upstreamForTest,
} from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { checkChatError, checkGeminiError, checkMessagesError } from '../../tools/checkers/index.ts'
import {
  isDone,
  isError,
  openClient,
  refusedClient,
} from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'

const MINI = 'gpt-4o-mini'
const KEY = { authorization: 'Bearer sk-one' }
const KEY_JSON = { ...KEY, 'content-type': 'application/json' }
const GOOGLE = { 'x-goog-api-key': 'sk-one' }

const start = async (models: KeyOptions['models'], options: object = {}) => {
  const upstream = await upstreamForTest()
  const sluice = await sluiceForTest({
    keys: [{ key: 'sk-one', ...(models && { models }) }, 'sk-free'],
    providers: [openaiAt(upstream.url), anthropicAt(upstream.url), geminiAt(upstream.url)],
    ...options,
  })
  return { sluice, upstream }
}

const ask = (sluice: House, model: string) =>
  sluice.send(CHAT, { body: chatBody('hello', { model }), headers: KEY })

describe('a model that a caller may not use', () => {
  it.each([
    ['Chat', CHAT, chatBody('hello', { model: GPT }), checkChatError],
    ['Chat, streamed', CHAT, chatBody('hello', { model: GPT, stream: true }), checkChatError],
    ['Completions', '/v1/completions', { model: GPT, prompt: 'hello' }, checkChatError],
    ['Responses', RESPONSES, responsesBody('hello', { model: GPT }), checkChatError],
    [
      'Responses, in the background',
      RESPONSES,
      responsesBody('hello', { model: CLAUDE, background: true }),
      checkChatError,
    ],
    ['a count for Responses', `${RESPONSES}/input_tokens`, responsesBody(), checkChatError],
    ['compaction', `${RESPONSES}/compact`, responsesBody(), checkChatError],
    [
      'embeddings',
      '/v1/embeddings',
      { model: 'text-embedding-3-small', input: 'a' },
      checkChatError,
    ],
    ['Messages', MESSAGES, messagesBody(), checkMessagesError],
    ['a count for Messages', `${MESSAGES}/count_tokens`, messagesBody(), checkMessagesError],
    [
      'Gemini',
      '/v1beta/models/gemini-2.5-flash:generateContent',
      { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
      checkGeminiError,
    ],
    [
      'Gemini, streamed',
      '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
      { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
      checkGeminiError,
    ],
    [
      'a count for Gemini',
      '/v1beta/models/gemini-2.5-flash:countTokens',
      { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
      checkGeminiError,
    ],
    [
      'embeddings for Gemini',
      '/v1beta/models/gemini-embedding-001:embedContent',
      { content: { parts: [{ text: 'hello' }] } },
      checkGeminiError,
    ],
  ])('is a 403 in the dialect of %s that reaches no upstream', async (_, path, body, check) => {
    const { sluice, upstream } = await start([MINI])
    const refused = await sluice.send(path, { body, headers: KEY })
    expect(refused.status).toBe(403)
    expect(check(refused.json)).toEqual([])
    expect(refused.text).toContain('may not use')
    expect(upstream.calls).toEqual([])
    expect(await sluice.logged(({ msg }) => msg === 'call')).toMatchObject({
      outcome: 'forbidden',
      status: 403,
    })
  })

  it.each([
    ['/ws', chatBody(), {}],
    ['/v1/responses', { type: 'response.create', ...responsesBody() }, {}],
  ])('is an error frame on %s, and the socket stays', async (path, frame, more) => {
    const { sluice, upstream } = await start([MINI])
    const client = await openClient(sluice.url, path, { headers: KEY })
    client.send({ ...frame, ...more })
    expect(await client.until('the refusal', isError)).toMatchObject({
      status: 403,
      error: { code: 'model_not_allowed', param: 'model' },
    })
    expect(upstream.calls).toEqual([])
    if (path !== '/ws') return
    client.send({ id: 'b', ...chatBody('hello', { model: MINI }) })
    await client.until('the end', isDone('b'))
  })

  it('is a 403 at the upgrade of a realtime conversation', async () => {
    const upstream = await startRealtime()
    const sluice = await sluiceForTest({
      keys: [{ key: 'sk-one', models: [MINI] }],
      providers: [openaiAt(upstream.url)],
    })
    const path = '/v1/realtime?model=gpt-realtime'
    expect((await refusedClient(sluice.url, path, { headers: KEY })).status).toBe(403)
    expect(upstream.openSockets()).toBe(0)
  })
})

describe('no spelling escapes', () => {
  it.each([
    GPT,
    `openai/${GPT}`,
    `anthropic/${CLAUDE}`,
    CLAUDE,
    'alias-of-gpt',
    'alias-of-alias',
    'pattern-gpt-4o',
    'regex-gpt-4o',
    'GPT-4O-MINI-2',
    `${MINI}-2`,
    ` ${MINI}`,
    `openai/x/${MINI}`,
    `anthropic/${MINI}`,
    'unheard-of',
    `models/${GPT}`,
  ])('%j is refused where only one model is allowed', async (model) => {
    const { sluice, upstream } = await start([`openai/${MINI}`], {
      aliases: [
        { name: 'alias-of-gpt', targets: [`openai/${GPT}`] },
        { name: 'alias-of-alias', targets: ['alias-of-gpt'] },
        { name: 'pattern-*', targets: ['openai/*'] },
        { name: '/^regex-(.*)$/', targets: ['openai/$1'] },
      ],
      defaultModel: `openai/${GPT}`,
    })
    const refused = await ask(sluice, model)
    expect(refused.status).toBe(403)
    expect(callsOf(upstream)).toEqual([])
  })

  it.each([MINI, `openai/${MINI}`, 'alias', 'pattern-gpt-4o-mini'])(
    '%j is served, since it leads to that model',
    async (model) => {
      const { sluice, upstream } = await start([`openai/${MINI}`], {
        aliases: [
          { name: 'alias', targets: [`openai/${MINI}`] },
          { name: 'pattern-*', targets: ['openai/*'] },
        ],
      })
      expect((await ask(sluice, model)).status).toBe(200)
      expect(callsOf(upstream)[0]?.body).toMatchObject({ model: MINI })
    },
  )

  it('a fallback goes only to targets that are allowed', async () => {
    const { sluice, upstream } = await start([MINI], {
      aliases: [
        { name: 'any', targets: [`openai/${GPT}`, `openai/${MINI}`, `anthropic/${CLAUDE}`] },
      ],
      retry: { retries: 0, baseMs: 1 },
    })
    upstream.next({ fault: { status: 500 } })
    expect((await ask(sluice, 'any')).status).toBeGreaterThanOrEqual(500)
    expect(callsOf(upstream).map(({ body }) => (body as { model: string }).model)).toEqual([MINI])
  })

  it('the name of an alias admits to all of its targets, and to none of them by itself', async () => {
    const { sluice } = await start(['fast'], {
      aliases: [{ name: 'fast', targets: [`openai/${GPT}`] }],
    })
    expect((await ask(sluice, 'fast')).status).toBe(200)
    for (const model of [GPT, `openai/${GPT}`]) expect((await ask(sluice, model)).status).toBe(403)
  })

  it.each(['models', 'fallbacks', String.raw`\u006dodels`])(
    'no field %j names further models for the upstream',
    async (field) => {
      const { sluice, upstream } = await start([MINI])
      const body = JSON.stringify(chatBody('hello', { model: MINI, x: [GPT] }))
      const sent = body.replace('"x"', `"${field}"`)
      const refused = await sluice.send(CHAT, { body: sent, headers: KEY_JSON })
      expect(refused.status).toBe(403)
      expect(callsOf(upstream)).toEqual([])
    },
  )

  it('a pattern with a slash is about the provider, and one without about the model', async () => {
    const aliases = [{ name: 'nested', targets: [`openai/anthropic/${CLAUDE}`] }]
    const { sluice, upstream } = await start(['anthropic/*'], { aliases })
    for (const model of ['nested', `openai/anthropic/${CLAUDE}`])
      expect((await ask(sluice, model)).status).toBe(403)
    expect(callsOf(upstream)).toEqual([])
    expect((await ask(sluice, CLAUDE)).status).toBe(200)
  })
})

describe('the lists of models', () => {
  const ALIASES = [
    { name: 'fast', targets: [`openai/${MINI}`] },
    { name: 'slow', targets: [`anthropic/${CLAUDE}`] },
    { name: 'either', targets: [`anthropic/${CLAUDE}`, `openai/${MINI}`] },
  ]

  it.each([
    ['OpenAI', '/v1/models', KEY],
    ['Anthropic', '/v1/models', { ...KEY, 'anthropic-version': '2023-06-01' }],
    ['Gemini', '/v1beta/models', GOOGLE],
  ])('of %s name what the caller may use, and nothing else', async (_, path, headers) => {
    const { sluice } = await start([MINI], { aliases: ALIASES })
    const { status, text } = await sluice.send(path, { headers })
    expect(status).toBe(200)
    for (const name of [MINI, 'fast', 'either']) expect(text).toContain(name)
    for (const name of ['slow', 'claude', 'gemini-2']) expect(text).not.toContain(name)
    const free = await sluice.send('/v1/models', { headers: { authorization: 'Bearer sk-free' } })
    for (const name of ['slow', 'claude', MINI]) expect(free.text).toContain(name)
  })

  it('do not find a single model either, and errors suggest none', async () => {
    const { sluice } = await start([MINI], { aliases: ALIASES, presets: false })
    for (const id of ['slow', CLAUDE, `anthropic/${CLAUDE}`])
      expect((await sluice.send(`/v1/models/${id}`, { headers: KEY })).status).toBe(404)
    expect((await sluice.send(`/v1/models/${MINI}`, { headers: KEY })).status).toBe(200)
    const gemini = await sluiceForTest({
      keys: [{ key: 'sk-one', models: ['nothing'] }],
      aliases: [{ name: 'hidden-alias', targets: ['demo/demo'] }],
      demo: { paceMs: 0 },
    })
    const refused = await gemini.send(CHAT, {
      body: chatBody('hello', { model: 'hidden-alia' }),
      headers: KEY,
    })
    expect(refused.text).not.toContain('hidden-alias')
  })

  it('are complete for a key without models', async () => {
    const { sluice } = await startHouse({ keys: [{ key: 'sk-one', owner: 'ann' }] })
    const { text } = await sluice.send('/v1/models', { headers: KEY })
    expect(text).toContain('claude')
  })
})
