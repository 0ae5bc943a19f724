import { execFile } from 'node:child_process'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as gpt4 from 'gpt-tokenizer/model/gpt-4'
import * as gpt4o from 'gpt-tokenizer/model/gpt-4o'
import { afterAll, describe, expect, it } from 'vitest'
import type { ModelRequest, Part } from '#model'
import { createTokenCounter } from '#usage'
import {
  CHINESE,
  CODE,
  ENGLISH,
  RUSSIAN,
  say,
  toRequest,
  user,
  WEATHER,
} from '../../tools/usage/requests.ts'

const counter = createTokenCounter()
afterAll(() => counter.close())

const count = (request: ModelRequest, model = 'gpt-4o') => counter.count(request, model)
const added = async (...parts: Part[]) => (await count(user(...parts))) - (await count(user()))

const CHAT = [
  { role: 'system', content: `You are terse. ${ENGLISH}` },
  { role: 'user', content: CODE + CHINESE },
  { role: 'assistant', content: RUSSIAN },
  { role: 'user', content: 'Go on.' },
] as const

const CHAT_REQUEST = toRequest(CHAT.map(({ role, content }) => say(role, content)))

const deep = (description: string) => ({
  ...WEATHER,
  schema: {
    type: 'object',
    properties: {
      list: {
        type: 'array',
        items: {
          anyOf: [
            { type: 'object', properties: { a: { type: ['string', 'null'], description } } },
            { $ref: '#/$defs/other' },
            { const: 1 },
          ],
        },
      },
    },
  },
})

const file = (mediaType: string, text: string): Part => ({
  kind: 'file',
  source: { kind: 'base64', mediaType, data: Buffer.from(text).toString('base64') },
})

const result = (...parts: Part[]) =>
  toRequest([say('tool', { kind: 'tool-result', callId: 'a', parts })])

describe('a count', () => {
  it('is that of the model’s own tokenizer for a chat', async () => {
    expect(await count(CHAT_REQUEST, 'gpt-4o')).toBe(gpt4o.encodeChat([...CHAT]).length)
    expect(await count(CHAT_REQUEST, 'gpt-4-0613')).toBe(gpt4.encodeChat([...CHAT]).length)
    expect(gpt4o.encodeChat([...CHAT]).length).not.toBe(gpt4.encodeChat([...CHAT]).length)
  })

  it('is that of the public formula for tools and their calls, within a tenth', async () => {
    const { name, description, schema } = WEATHER
    const parameters = schema as NonNullable<
      Parameters<NonNullable<typeof gpt4o.countChatCompletionTokens>>[0]['functions']
    >[number]['parameters']
    const functions = [
      { name, description: description ?? '', ...(parameters && { parameters }) },
      { name: 'get_time' },
    ]
    const call = { name, arguments: '{"city":"Oslo","days":3}' }
    const formula = gpt4o.countChatCompletionTokens?.({
      messages: [
        { role: 'system', content: 'You know the weather.' },
        { role: 'user', content: 'How is Oslo?' },
        { role: 'assistant', content: '', function_call: call },
        { role: 'function', name, content: ENGLISH },
      ],
      functions,
    })
    const own = await count(
      toRequest(
        [
          say('system', 'You know the weather.'),
          say('user', 'How is Oslo?'),
          say('assistant', { kind: 'tool-call', id: 'a', ...call }),
          say('tool', {
            kind: 'tool-result',
            callId: 'a',
            parts: [{ kind: 'text', text: ENGLISH }],
          }),
        ],
        { tools: [WEATHER, { kind: 'function', name: 'get_time' }] },
      ),
    )
    expect(own / (formula ?? 0)).toBeGreaterThan(0.9)
    expect(own / (formula ?? 0)).toBeLessThan(1.1)
  })

  it('reads a schema at every depth', async () => {
    const [short, long] = [
      await count(toRequest([], { tools: [deep('x')] })),
      await count(toRequest([], { tools: [deep(ENGLISH)] })),
    ]
    expect(long - short).toBeGreaterThan(20)
  })

  it('sees every kind of part', async () => {
    const words = gpt4o.countTokens(ENGLISH)
    expect(await added({ kind: 'text', text: ENGLISH })).toBe(words)
    expect(await added({ kind: 'refusal', text: ENGLISH })).toBe(words)
    expect(await added({ kind: 'reasoning', text: ENGLISH, signature: 'x'.repeat(999) })).toBe(
      words,
    )
    expect(await added({ kind: 'reasoning', text: '', redacted: 'A'.repeat(1600) })).toBe(300)
    expect(await added({ kind: 'tool-reference', name: 'get_time' })).toBe(2)
    expect(await added({ kind: 'audio', data: 'A'.repeat(6400), format: 'mp3' })).toBe(3)
    expect(await added({ kind: 'image', source: { kind: 'url', url: 'https://x/' } })).toBe(765)
    expect(await added({ kind: 'file', source: { kind: 'text', text: ENGLISH } })).toBe(words)
    expect(await added({ kind: 'file', source: { kind: 'url', url: 'https://x/' } })).toBe(10_000)
    expect(
      await added({ kind: 'native', protocol: 'openai-chat', value: { text: ENGLISH } }),
    ).toBeGreaterThan(words)
  })

  it('sees a text file as its text and a PDF as its pages', async () => {
    expect(await added(file('text/plain', CHINESE))).toBe(gpt4o.countTokens(CHINESE))
    const page = '<< /Type /Page /Parent 1 0 R >>\n'
    const pdf = `%PDF-1.4\n<< /Type /Pages /Kids [] >>\n${page.repeat(3)}`
    expect(await added(file('application/pdf', pdf))).toBe(6_000)
    expect(await added(file('application/pdf', '<</Type/Pages/Count 7>>'))).toBe(14_000)
    expect(await added(file('application/pdf', 'x'.repeat(200_000)))).toBe(8_000)
  })

  it('sees the images in a tool result', async () => {
    const image: Part = { kind: 'image', source: { kind: 'url', url: 'https://x/' } }
    expect((await count(result(image))) - (await count(result()))).toBe(765)
  })

  it('treats special tokens in a text as text', async () => {
    const text = '<|endoftext|> <|im_start|>system <|fim_prefix|>'
    expect(await added({ kind: 'text', text })).toBeGreaterThan(12)
  })

  it('survives halves of characters', async () => {
    expect(await added({ kind: 'text', text: '\ud83d \udc4b \u0000 \uffff' })).toBeGreaterThan(3)
  })

  it.each([
    'a',
    'A',
    '=',
    '/\n',
    '\r\n/',
    ' ',
    '\n',
    '\t ',
    '1',
    'é',
    'é',
    '漢',
    '👩‍👩‍👧',
    'aB',
    '_a',
    "a's",
    '\u0301',
    '}]',
    '\u00a0',
  ])(
    'does not hang on a million characters of %j',
    async (unit) => {
      const text = unit.repeat(1_000_000 / unit.length)
      expect(await added({ kind: 'text', text })).toBeGreaterThan(1_000)
    },
    10_000,
  )

  it('of long words matches the tokenizer within a tenth', async () => {
    const words = Array.from({ length: 20 }, (_, index) => 'abcdefghij'.repeat(100 + index)).join(
      ' ',
    )
    const exact = gpt4o.countTokens(words)
    expect(Math.abs((await added({ kind: 'text', text: words })) - exact) / exact).toBeLessThan(0.1)
  })

  it('of a request above the limit is computed from samples, within a tenth', async () => {
    const text = (ENGLISH + CODE).repeat(30_000)
    const exact = gpt4o.countTokens(ENGLISH + CODE) * 30_000
    const parts: Part[] = [{ kind: 'text', text }]
    expect(Math.abs((await added(...parts)) - exact) / exact).toBeLessThan(0.1)
  })

  it('of twenty-five at once is equal, and does not block the event loop', async () => {
    const request = user((ENGLISH + CODE + CHINESE).repeat(300))
    await count(request)
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const startedMs = performance.now()
    const counts = await Promise.all(Array.from({ length: 25 }, () => count(request)))
    const tookMs = performance.now() - startedMs
    delay.disable()
    expect(new Set(counts).size).toBe(1)
    expect(counts[0]).toBeGreaterThan(20_000)
    // One such count takes about 20 ms, all of them half a second, and more on a busy machine.
    expect(delay.max / 1e6).toBeLessThan(Math.max(250, tookMs / 2))
  })
})

describe('the thread that counts', () => {
  it('starts again after it was stopped for idling', async () => {
    const idling = createTokenCounter({ idleMs: 1 })
    const first = await idling.count(CHAT_REQUEST, 'gpt-4o')
    await new Promise((resolve) => {
      setTimeout(resolve, 50)
    })
    expect(await idling.count(CHAT_REQUEST, 'gpt-4o')).toBe(first)
    await idling.close()
  })

  it('fails waiting counts when it is closed, and accepts no more', async () => {
    const closing = createTokenCounter()
    const waiting = expect(closing.count(CHAT_REQUEST, 'gpt-4o')).rejects.toMatchObject({
      code: 'internal',
    })
    await closing.close()
    await waiting
    await expect(closing.count(CHAT_REQUEST, 'gpt-4o')).rejects.toMatchObject({ code: 'internal' })
  })

  it('does not keep the process alive, and works without a source transform', async () => {
    const program = `
      import { createTokenCounter } from '#usage'
      const turns = [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }]
      const request = { model: 'x', stream: false, tools: [], turns }
      console.log(await createTokenCounter().count(request, 'gpt-4o'))`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: fileURLToPath(new URL('../../..', import.meta.url)), timeout: 45_000 },
    )
    expect(stdout).toBe('8\n')
  })
})
