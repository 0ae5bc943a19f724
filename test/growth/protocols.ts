/** Work of the translators and taps, alike for every protocol. */
import { foldMessage, type ModelEvent } from '#model'
import {
  anthropicMessages,
  gemini,
  NOTHING_TO_UNDO,
  openaiChat,
  openaiCompletions,
  openaiResponses,
  type Protocol,
} from '#protocols'
import { translateAll } from '#streams'
import { ANSWER, codecOf } from '../protocols/byte-codec.ts'
import type { Work } from './measure.ts'

export const PROTOCOLS: readonly Protocol[] = [
  anthropicMessages,
  gemini,
  openaiChat,
  openaiCompletions,
  openaiResponses,
]

/** Every part is begun before the first one ends. */
const interleaved = (size: number): ModelEvent[] => [
  { type: 'message-start', id: 'm', model: 'm' },
  ...Array.from({ length: size }, (_, index): ModelEvent => ({
    type: 'part-start',
    index,
    part: { kind: 'text' },
  })),
  ...Array.from({ length: size }, (_, index): ModelEvent => ({
    type: 'part-delta',
    index,
    text: 'x',
  })),
  ...Array.from({ length: size }, (_, index): ModelEvent => ({ type: 'part-end', index })),
  {
    type: 'message-end',
    reason: 'stop',
    usage: { inputTokens: 1, outputTokens: 1 },
  } as ModelEvent,
]

const oneText = (size: number): ModelEvent[] => [
  { type: 'message-start', id: 'm', model: 'm' },
  { type: 'part-start', index: 0, part: { kind: 'text' } },
  ...Array.from({ length: size }, (): ModelEvent => ({ type: 'part-delta', index: 0, text: 'x' })),
  { type: 'part-end', index: 0 },
  { type: 'message-end', reason: 'stop', usage: { inputTokens: 1, outputTokens: 1 } } as ModelEvent,
]

const encoded =
  ({ codec }: Protocol, events: (size: number) => ModelEvent[]): Work =>
  (size) => {
    const items = events(size)
    return () => void translateAll(codecOf({ codec } as Protocol).encodeEvents(ANSWER), items)
  }

/** What the protocol itself would write of it. */
const streamOf = (protocol: Protocol, size: number): string =>
  translateAll(codecOf(protocol).encodeEvents(ANSWER), oneText(size)).join('')

const tapped =
  (protocol: Protocol, pieceBytes: number): Work =>
  (size) => {
    const bytes = streamOf(protocol, size)
    const tap = protocol.createTap()
    return () => {
      for (let at = 0; at < bytes.length; at += pieceBytes)
        tap.push(bytes.slice(at, at + pieceBytes))
    }
  }

const stormed =
  (protocol: Protocol): Work =>
  (size) => {
    const tap = protocol.createTap()
    tap.push(`event: ${'x'.repeat(size * 20)}\n`)
    return () => {
      for (let time = 0; time < size; time++) tap.push(': comment\n')
    }
  }

const decoded =
  (protocol: Protocol): Work =>
  (size) => {
    const bytes = streamOf(protocol, size)
    const items = bytes.split('\n\n').map((event) => ({
      data: event.slice(event.indexOf('data: ') + 6),
      event: /^event: (.*)$/m.exec(event)?.[1] ?? '',
    }))
    return () =>
      void translateAll((emit) => codecOf(protocol).decodeEvents(NOTHING_TO_UNDO)(emit), items)
  }

const folded: Work = (size) => {
  const events = oneText(size)
  return () => void foldMessage(events)
}

/** Of every protocol: name, size, work. */
export const worksOf = (protocol: Protocol): readonly (readonly [string, number, Work])[] => [
  ['encodeEvents, parts that all wait for the first', 2000, encoded(protocol, interleaved)],
  ['encodeEvents, one long text', 5000, encoded(protocol, oneText)],
  ['decodeEvents, one long text', 3000, decoded(protocol)],
  ['createTap, in reads of 50 bytes', 3000, tapped(protocol, 50)],
  ['createTap, in bytes', 500, tapped(protocol, 1)],
  ['createTap, comments behind a long name', 5000, stormed(protocol)],
]

const manyMessages = (size: number, { name }: Protocol) => ({
  model: 'm',
  max_tokens: 9,
  messages: Array.from({ length: size }, () => [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: 'y' },
  ])
    .flat()
    .slice(0, size),
  input: Array.from({ length: size }, () => ({ role: 'user', content: 'x' })),
  contents: Array.from({ length: size }, () => ({ role: 'user', parts: [{ text: 'x' }] })),
  ...(name === 'openai-completions' ? { prompt: 'x'.repeat(size) } : {}),
})

/** Calls of tools, each with its result: all in one turn, or each in a turn of its own. */
const callsOf = (size: number, isOneTurn: boolean) => {
  const calls = Array.from({ length: size }, (_, at) => ({
    id: `call_${at}`,
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  }))
  const results = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'x' }))
  const turns = isOneTurn
    ? [{ role: 'assistant', tool_calls: calls }, ...results]
    : calls.flatMap((call, at) => [{ role: 'assistant', tool_calls: [call] }, results[at]])
  const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }
  const messages = [{ role: 'user', content: 'x' }, ...turns]
  return codecOf(openaiChat).decodeRequest({ model: 'm', messages, tools: [tool] })
}

const callWorksOf = (protocol: Protocol): readonly (readonly [string, number, Work])[] =>
  [true, false].flatMap((isOneTurn) => {
    const what = isOneTurn ? 'many calls in one turn' : 'many turns with a call'
    const encode = (size: number) => {
      const request = callsOf(size, isOneTurn)
      return () => codecOf(protocol).encodeRequest(request, TARGET).body
    }
    const decode: Work = (size) => {
      const body = { model: 'm', ...encode(size)() }
      return () => void codecOf(protocol).decodeRequest(body)
    }
    return [
      [`encodeRequest, ${what}`, 500, encode],
      [`decodeRequest, ${what}`, 500, decode],
    ] as const
  })

const TARGET = { provider: 'somewhere', model: 'm' }

export const requestWorksOf = (
  protocol: Protocol,
): readonly (readonly [string, number, Work])[] => [
  // Completions know no calls.
  ...(protocol === openaiCompletions ? [] : callWorksOf(protocol)),
  [
    'decodeRequest, many turns',
    1500,
    (size) => {
      const body = manyMessages(size, protocol)
      return () => void codecOf(protocol).decodeRequest(body)
    },
  ],
  [
    'encodeRequest, many turns',
    1500,
    (size) => {
      const request = codecOf(openaiChat).decodeRequest(
        manyMessages(protocol === openaiCompletions ? 1 : size, openaiChat),
      )
      return () => void codecOf(protocol).encodeRequest(request, TARGET)
    },
  ],
  [
    'encodeMessage, one long text',
    5000,
    (size) => {
      const message = foldMessage(oneText(size))
      return () => void codecOf(protocol).encodeMessage(message, ANSWER)
    },
  ],
  [
    'decodeMessage, one long text',
    50_000,
    (size) => {
      const message = foldMessage(oneText(size))
      const body = codecOf(protocol).encodeMessage(message, ANSWER)
      return () => void codecOf(protocol).decodeMessage(body, NOTHING_TO_UNDO)
    },
  ],
]

export { folded }
