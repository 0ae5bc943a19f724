/** The relay lane forwards every byte unchanged. */
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
} from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const ROUTES = [
  [CHAT, GPT],
  [RESPONSES, GPT],
  [MESSAGES, CLAUDE],
] as const

/** Bodies whose meaning would survive a parser, and whose bytes would not. */
const ODD_BODIES: readonly (readonly [string, (model: string) => string])[] = [
  ['unknown fields', (model) => `{"model":"${model}","from_2031":{"a":[1,{}]},"stream":false}`],
  [
    'integers past 2^53',
    (model) => `{"model":"${model}","n":9007199254740993,"m":-1e400,"k":0e-9}`,
  ],
  ['numbers spelt oddly', (model) => `{"model":"${model}","a":1.0,"b":1E+2,"c":-0,"d":1.10}`],
  ['escapes', (model) => `{"model":"${model}","t":"\\u0041\\/\\u00e9\\ud83d\\ude00\\b\\f"}`],
  ['a lone surrogate in escapes', (model) => `{"model":"${model}","t":"\\ud83d"}`],
  ['text beyond ASCII', (model) => `{"model":"${model}","t":"é😀\u2028\u2029"}`],
  ['white space', (model) => `\r\n\t { "model"\n:\t"${model}" ,\r\n"x" : [ ] } \n\n`],
  ['a key that is there twice', (model) => `{"x":1,"model":"${model}","x":2,"__proto__":{"x":3}}`],
  [
    'model inside others',
    (model) => `{"x":{"model":1,"model":2},"model":"${model}","y":["model"]}`,
  ],
  ['stream null', (model) => `{"stream":null,"model":"${model}"}`],
  ['the model at the end', (model) => `{"messages":[],"model":"${model}"}`],
]

describe('a request body', () => {
  for (const [path, model] of ROUTES)
    it.each(ODD_BODIES)(`with %s, to ${path}`, async (_, write) => {
      const { sluice, upstream } = await startHouse()
      const body = Buffer.from(write(model))
      await sluice.send(path, { body })
      expect(callsOf(upstream)[0]?.rawBody.equals(body)).toBe(true)
    })

  it.each([
    ['plain', `{"x":9007199254740993,"model":"NAME","y":"\\u0041"}`],
    ['spaced', `{ "model" \n: "NAME" ,"y":1.0}`],
    ['under an escaped key', `{"y":1.0,"m\\u006fdel":"NAME"}`],
    ['in an escaped spelling', `{"model":"\\u006eAME","y":1.0}`],
  ])('changes only in the model name if an alias leads elsewhere: %s', async (_, written) => {
    const names = ['NAME', 'nAME']
    const { sluice, upstream } = await startHouse({
      aliases: names.map((name) => ({ name, targets: ['openai/é"\\'] })),
    })
    await sluice.send(CHAT, { body: written })
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(
      written.replace(/"(?:NAME|\\u006eAME)"/, JSON.stringify('é"\\')),
    )
  })

  it('of many megabytes', async () => {
    const { sluice, upstream } = await startHouse()
    const text = 'Zwölf Boxkämpfer 😀 '.repeat(200_000)
    const body = Buffer.from(JSON.stringify(chatBody(text)))
    expect((await sluice.send(CHAT, { body })).status).toBe(200)
    expect(callsOf(upstream)[0]?.rawBody.equals(body)).toBe(true)
  })
})

const raw = (bytes: string | Buffer, contentType: string): Answer => ({
  fault: { rawBytes: [Buffer.from(bytes)], contentType },
})

describe('an answer in one piece', () => {
  it.each([
    ['unknown fields and big integers', '{"id":"x","n":9007199254740993,"future":{"\\u0041":1.0}}'],
    ['white space', ' \n{ "id" : "x" }\r\n'],
    ['something that is no JSON', 'so it goes'],
    ['nothing', ''],
  ])('with %s', async (_, answer) => {
    const { sluice, upstream } = await startHouse()
    for (const [path, body] of [
      [CHAT, chatBody()],
      [MESSAGES, messagesBody()],
      [RESPONSES, { model: GPT, input: 'hello' }],
    ] as const) {
      upstream.next(raw(answer, 'application/json'))
      const { status, text, headers } = await sluice.send(path, { body })
      expect([status, text, headers['content-type']]).toEqual([200, answer, 'application/json'])
    }
  })

  it('that is not UTF-8', async () => {
    const { sluice, upstream } = await startHouse()
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0xfe, 0xc3, 0x28, 0x7d])
    upstream.next({ fault: { rawBytes: [bytes], contentType: 'application/json' } })
    expect((await sluice.send(CHAT, { body: chatBody() })).bytes.equals(bytes)).toBe(true)
  })

  it('keeps a 2xx status', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ fault: { rawBytes: [Buffer.from('{}')], status: 202 } })
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(202)
  })
})

const CHAT_STREAM = [
  '\ufeff: a comment\n\n',
  'id: 7\nretry: 10\ndata:{"id":"c","choices":[{"index":0,"delta":{"content":"\\u0041é😀"},',
  '"finish_reason":null}],"n":9007199254740993}\r\n\r\n',
  'event: from.2031\ndata: {"future": 1.0}\n\n',
  'data: not JSON at all\n\n',
  'data: {"id":"c",\ndata:  "choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: [DONE]\n\n: after the end\n\n',
].join('')

const MESSAGES_STREAM = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":9007199254740993}}}\n\n',
  'event: from_2031\ndata: {"type":"from_2031","x":[1.0,"\\u0041"]}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"hologram_delta","x":"é😀"}}\n\n',
  'event: ping\r\ndata: {"type": "ping"}\r\n\r\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n\n\n',
].join('')

const RESPONSES_STREAM = [
  'event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"r"}}\n\n',
  'event: response.hologram.delta\ndata: {"type":"response.hologram.delta","sequence_number":1,"delta":"\\u0041é"}\n\n',
  'event: response.completed\ndata: {"type":"response.completed","sequence_number":2,"response":{"id":"r","usage":null}}\n\n',
].join('')

const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )

describe('a stream', () => {
  const STREAMS = [
    ['Chat', CHAT, { ...chatBody(), stream: true }, CHAT_STREAM],
    ['Messages', MESSAGES, { ...messagesBody(), stream: true }, MESSAGES_STREAM],
    ['Responses', RESPONSES, { model: GPT, input: 'x', stream: true }, RESPONSES_STREAM],
  ] as const

  for (const [name, path, body, stream] of STREAMS)
    it.each([7, 1000, 100_000])(`of ${name}, cut into pieces of %i bytes`, async (size) => {
      const { sluice, upstream } = await startHouse()
      const bytes = Buffer.from(stream)
      upstream.next({ fault: { rawBytes: cut(bytes, size) } })
      const answered = await sluice.send(path, { body })
      expect(answered.text).toBe(stream)
      expect(answered.bytes.equals(bytes)).toBe(true)
    })

  it('of many megabytes', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'Zwölf Boxkämpfer 😀 '.repeat(20_000) }], pieces: 20_000 })
    const through = await sluice.send(CHAT, { body: chatBody('hi', { stream: true }) })
    expect(through.text.match(/\ndata: \{/g)?.length).toBeGreaterThan(20_000)
    expect(through.text.endsWith('data: [DONE]\n\n')).toBe(true)
    const contents = [...through.text.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)]
    expect(contents.map(([, text]) => JSON.parse(text ?? '""') as string).join('')).toBe(
      'Zwölf Boxkämpfer 😀 '.repeat(20_000),
    )
  })

  it('that was not requested passes through unchanged', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ fault: { rawBytes: [Buffer.from(CHAT_STREAM)] } })
    const { text, headers } = await sluice.send(CHAT, { body: chatBody() })
    expect([text, headers['content-type']]).toEqual([CHAT_STREAM, 'text/event-stream'])
  })

  it('that was answered with JSON passes through unchanged', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next(raw('{"id":"x"}', 'application/json'))
    const { text, headers } = await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    expect([text, headers['content-type']]).toEqual(['{"id":"x"}', 'application/json'])
  })
})
