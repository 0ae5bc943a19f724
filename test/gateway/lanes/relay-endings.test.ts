/** A relayed stream that ended before its terminator gets the one thing that the lane adds: an error. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, GPT, MESSAGES, messagesBody, RESPONSES } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import {
  checkChatStream,
  checkCompletionsStream,
  checkMessagesStream,
  checkResponsesStream,
} from '../../tools/checkers/index.ts'

const PROTOCOLS = {
  chat: {
    path: CHAT,
    body: { ...chatBody('x'), stream: true },
    check: checkChatStream,
    error: /\ndata: \{"error":\{"message":/,
  },
  messages: {
    path: MESSAGES,
    body: { ...messagesBody('x'), stream: true },
    check: checkMessagesStream,
    error: /\nevent: error\ndata: \{"type":"error",/,
  },
  responses: {
    path: RESPONSES,
    body: { model: GPT, input: 'x', stream: true },
    check: checkResponsesStream,
    error: /\nevent: response\.failed\ndata: \{"type":"response\.failed",/,
  },
} as const

const NAMES = Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[]

const TEXT = 'one two three four five six seven eight'
const PARTS = [{ text: TEXT }]

describe.each(NAMES)('a relayed %s stream', (name) => {
  const { path, body, check, error } = PROTOCOLS[name]

  it.each([
    ['is cut', { cutAfterEvents: 4 }],
    ['ends cleanly in the middle', { endAfterEvents: 4 }],
  ])('that %s ends with an error', async (_, fault) => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: PARTS, fault })
    const { text, bytes, status, broken } = await sluice.send(path, { body })
    expect([status, broken]).toEqual([200, false])
    expect(text).toMatch(error)
    expect(check(bytes, { halfEventBeforeError: true })).toEqual([])
    const line = await sluice.logged(({ msg }) => msg === 'call')
    expect(line.outcome).toBe('upstream_broken')
  })

  it('that is cut inside an event has it ended first', async () => {
    const { sluice, upstream } = await startHouse()
    const parts = [{ text: TEXT.repeat(10) }]
    upstream.next({ parts })
    const whole = (await sluice.send(path, { body })).bytes
    for (const part of [0.4, 0.5, 0.6]) {
      const half = whole.subarray(0, Math.floor(whole.length * part))
      upstream.next({ parts, fault: { rawBytes: [half] } })
      const { bytes, text } = await sluice.send(path, { body })
      expect(bytes.subarray(0, half.length).equals(half)).toBe(true)
      expect(check(bytes, { halfEventBeforeError: true })).toEqual([])
      expect(text).toMatch(error)
    }
  })

  it("passes the upstream's own error as its last event, and adds none", async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({
      parts: PARTS,
      fault: { errorAfterEvents: 4, type: 'overloaded_error', message: 'Overloaded, sorry' },
    })
    const { text, bytes } = await sluice.send(path, { body })
    expect(check(bytes)).toEqual([])
    expect(text.split('Overloaded, sorry')).toHaveLength(2)
    expect(text.match(new RegExp(error, 'g'))).toHaveLength(1)
    const line = await sluice.logged(({ msg }) => msg === 'call')
    expect(line.outcome).toMatch(/^upstream_/)
  })

  it('that is complete gets nothing', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: PARTS })
    const { text, bytes } = await sluice.send(path, { body })
    expect(check(bytes)).toEqual([])
    expect(text).not.toMatch(error)
    expect((await sluice.logged(({ msg }) => msg === 'call')).outcome).toBe('ok')
  })
})

const completion = (choice: string) =>
  `data: {"id":"c","object":"text_completion","created":1,"model":"m","choices":[${choice}]}\n\n`

describe('an event that is not JSON', () => {
  const fault = { garbleAfterEvents: 4 }

  it('in a stream of Responses takes no number of the events after it', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: PARTS, fault })
    const { bytes, text } = await sluice.send(RESPONSES, { body: PROTOCOLS.responses.body })
    expect(text).toContain('"this is not": JSON')
    expect(checkResponsesStream(bytes, { halfEventBeforeError: true })).toEqual([])
  })

  const COMPLETION = { model: 'gpt-3.5-turbo-instruct', prompt: 'x', stream: true }

  it('in a stream of completions is removed', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: PARTS, fault })
    const { bytes, text } = await sluice.send('/v1/completions', { body: COMPLETION })
    expect(text).not.toContain('this is not')
    expect(text).toMatch(/"finish_reason":"length"[^\n]*\n\ndata: \[DONE\]\n\n$/)
    expect(checkCompletionsStream(bytes)).toEqual([])
    expect((await sluice.logged(isCall)).outcome).toBe('upstream_broken')
  })

  it('in a stream of completions does not end it', async () => {
    const { sluice, upstream } = await startHouse()
    const one = completion('{"index":0,"text":"one","logprobs":null,"finish_reason":null}')
    const end = completion('{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}')
    // The data of an event may have several lines.
    const lines = one.replace('"object"', '\ndata: "object"')
    const stream = `${one}${lines}${end}data: [DONE]\n\n`
    const nonsense = ['data: <html>\n\n', `${one.slice(0, 60)}\n\n`, 'data: 7\n\n']
    for (const each of nonsense)
      for (const rawBytes of [
        [one, each, lines, end, 'data: [DONE]\n\n'],
        [one + each + lines + end, 'data: [DONE]\n\n'],
      ]) {
        upstream.next({ fault: { rawBytes: rawBytes.map((piece) => Buffer.from(piece)) } })
        expect((await sluice.send('/v1/completions', { body: COMPLETION })).text).toBe(stream)
      }
    expect(sluice.log.filter(isCall).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 6 }, () => 'ok'),
    )
  })
})

const chunk = (rest: string) => `data: {"choices":[{"index":0,${rest}}]}\n\n`

describe('what makes an answer complete', () => {
  const WHOLE: (readonly [string, string, string])[] = [
    ['a finish_reason', CHAT, chunk('"delta":{},"finish_reason":"stop"')],
    ['[DONE]', CHAT, `${chunk('"delta":{"content":"a"}')}data: [DONE]\n\n`],
    ['message_stop', MESSAGES, 'event: message_stop\ndata: {"type":"message_stop"}\n\n'],
    ...['completed', 'incomplete', 'failed'].map(
      (end) =>
        [
          `response.${end}`,
          RESPONSES,
          `event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"r"}}\n\nevent: response.output_item.added\ndata: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"m"}}\n\nevent: response.${end}\ndata: {"type":"response.${end}","sequence_number":2,"response":{"id":"r","error":{"code":"server_error","message":"no"}}}\n\n`,
        ] as const,
    ),
  ]

  it.each(WHOLE)('%s', async (_, path, stream) => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ fault: { rawBytes: [Buffer.from(stream)] } })
    const body =
      path === MESSAGES
        ? messagesBody('x', { stream: true })
        : path === CHAT
          ? chatBody('x', { stream: true })
          : { model: GPT, input: 'x', stream: true }
    expect((await sluice.send(path, { body })).text).toBe(stream)
  })

  it('is not a finish_reason of one choice of two', async () => {
    const { sluice, upstream } = await startHouse()
    const stream = [
      'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n',
      'data: {"choices":[{"index":1,"delta":{"content":"b"}}]}\n\n',
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    ].join('')
    upstream.next({ fault: { rawBytes: [Buffer.from(stream)] } })
    const { text } = await sluice.send(CHAT, { body: chatBody('x', { stream: true, n: 2 }) })
    expect(text.startsWith(stream)).toBe(true)
    expect(text.slice(stream.length)).toMatch(/^data: \{"error":/)
  })
})

it('names in response.failed the response that began, with the next sequence number', async () => {
  const { sluice, upstream } = await startHouse()
  upstream.next({ parts: PARTS, fault: { endAfterEvents: 5 } })
  const { text } = await sluice.send(RESPONSES, { body: PROTOCOLS.responses.body })
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(
    ([, data]) => JSON.parse(data ?? '') as { sequence_number: number; response?: { id: string } },
  )
  const last = events.at(-1)
  expect(last?.response?.id).toBe(events[0]?.response?.id)
  expect(last?.sequence_number).toBe((events.at(-2)?.sequence_number ?? 0) + 1)
})
