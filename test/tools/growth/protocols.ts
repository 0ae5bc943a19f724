/** Work of the translators and taps, alike for every protocol. */
import { foldMessage, type JsonObject, type ModelEvent } from '#model'
import {
  anthropicMessages,
  gemini,
  NOTHING_TO_UNDO,
  openaiChat,
  openaiCompletions,
  openaiResponses,
  type Protocol,
  type TargetTraits,
} from '#protocols'
import { findMembers, translateAll } from '#streams'
import { ANSWER, codecOf } from '../protocols/byte-codec.ts'
import { ANSWERS, many, REQUESTS } from './conversations.ts'
import type { Measured, Work } from './measure.ts'

export const PROTOCOLS: readonly Protocol[] = [
  anthropicMessages,
  gemini,
  openaiChat,
  openaiCompletions,
  openaiResponses,
]

type Events = (size: number) => ModelEvent[]

const encoded =
  (protocol: Protocol, events: Events): Work =>
  (size) => {
    const items = events(size)
    return () => void translateAll(codecOf(protocol).encodeEvents(ANSWER), items)
  }

/** What the protocol itself would write of it. */
const streamOf = (protocol: Protocol, events: readonly ModelEvent[]): string =>
  translateAll(codecOf(protocol).encodeEvents(ANSWER), events).join('')

const tapped =
  (protocol: Protocol, pieceBytes: number, events: Events): Work =>
  (size) => {
    const bytes = streamOf(protocol, events(size))
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
  (protocol: Protocol, events: Events): Work =>
  (size) => {
    const bytes = streamOf(protocol, events(size))
    const items = bytes.split('\n\n').map((event) => ({
      data: event.slice(event.indexOf('data: ') + 6),
      event: /^event: (.*)$/m.exec(event)?.[1] ?? '',
    }))
    return () =>
      void translateAll((emit) => codecOf(protocol).decodeEvents(NOTHING_TO_UNDO)(emit), items)
  }

const messageEncoded =
  (protocol: Protocol, events: Events): Work =>
  (size) => {
    const message = foldMessage(events(size))
    return () => void codecOf(protocol).encodeMessage(message, ANSWER)
  }

const messageDecoded =
  (protocol: Protocol, events: Events): Work =>
  (size) => {
    const body = codecOf(protocol).encodeMessage(foldMessage(events(size)), ANSWER)
    return () => void codecOf(protocol).decodeMessage(body, NOTHING_TO_UNDO)
  }

const longText: Events = (size) => ANSWERS['one long text']?.(size) ?? []

export const folded: Work = (size) => {
  const events = longText(size)
  return () => void foldMessage(events)
}

/** Of every protocol. */
export const worksOf = (protocol: Protocol): readonly Measured[] => [
  ...Object.entries(ANSWERS).flatMap(([what, events]): Measured[] => [
    [`encodeEvents, ${what}`, 2000, encoded(protocol, events)],
    [`decodeEvents, ${what}`, 1500, decoded(protocol, events)],
    [`encodeMessage, ${what}`, 2000, messageEncoded(protocol, events)],
    [`decodeMessage, ${what}`, 2000, messageDecoded(protocol, events)],
    [`createTap, ${what}`, 1500, tapped(protocol, 500, events)],
  ]),
  ['createTap, in reads of 50 bytes', 3000, tapped(protocol, 50, longText)],
  ['createTap, in bytes', 500, tapped(protocol, 1, longText)],
  ['createTap, comments behind a long name', 5000, stormed(protocol)],
]

const manyMessages = (size: number, { name }: Protocol) => ({
  model: 'm',
  max_tokens: 9,
  messages: many(size, (at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: 'x' })),
  input: many(size, () => ({ role: 'user', content: 'x' })),
  contents: many(size, () => ({ role: 'user', parts: [{ text: 'x' }] })),
  ...(name === 'openai-completions' ? { prompt: 'x'.repeat(size) } : {}),
})

/** Calls of tools, each with its result: all in one turn, or each in a turn of its own. */
const callsOf = (size: number, isOneTurn: boolean) => {
  const calls = many(size, (at) => ({
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

const ALL_REQUESTS = {
  ...REQUESTS,
  'many calls in one turn': (size: number) => callsOf(size, true),
  'many turns with a call': (size: number) => callsOf(size, false),
}

const TARGET: TargetTraits = { provider: 'somewhere', model: 'm' }

/** With everything that sets a target of some vendor's apart. */
const STRICT: TargetTraits = {
  ...TARGET,
  callIdLength: 9,
  wantsReplyToTools: true,
  wantsCallThoughts: true,
  wantsCallSignatures: true,
  refusesEmptyTurns: true,
  takesSystemTurns: false,
  structuredOutput: 'tool',
  refusedSchemaKeywords: ['pattern'],
  thinking: 'budget',
}

const fullWorksOf = (protocol: Protocol): Measured[] =>
  Object.entries(ALL_REQUESTS).flatMap(([what, requestOf]) => {
    // Refused by the others.
    if (what === 'sounds' && protocol !== openaiChat && protocol !== gemini) return []
    const encode =
      (target: TargetTraits): Work =>
      (size) => {
        const request = requestOf(size)
        return () => void codecOf(protocol).encodeRequest(request, target)
      }
    const decode: Work = (size) => {
      const { body } = codecOf(protocol).encodeRequest(requestOf(size), TARGET)
      return () => void codecOf(protocol).decodeRequest({ model: 'm', ...body })
    }
    return [
      [`encodeRequest, ${what}`, 1000, encode(TARGET)],
      [`encodeRequest, ${what}, for a strict target`, 1000, encode(STRICT)],
      [`decodeRequest, ${what}`, 1000, decode],
    ] as const
  })

/** What is searched for in a relayed request. */
const searchWorksOf = (protocol: Protocol): Measured[] => {
  const { findForeign, findReferences } = protocol
  const searched =
    (search: (bytes: Buffer) => unknown, requestOf: (size: number) => JsonObject): Work =>
    (size) => {
      const bytes = Buffer.from(JSON.stringify(requestOf(size)))
      return () => void search(bytes)
    }
  const thinking = (size: number): JsonObject => {
    const own = ANSWERS['thoughts that are signed']?.(size) ?? []
    const { parts } = foldMessage(own)
    const turns = [
      { role: 'user', parts: [{ kind: 'text', text: 'x' }] },
      {
        role: 'assistant',
        parts: parts.map((part) =>
          part.kind === 'reasoning' ? { ...part, signature: 'sluice.somewhere.c2ln' } : part,
        ),
      },
    ] as const
    const request = { model: 'm', stream: false, tools: [], maxOutputTokens: 9, turns } as const
    const target = { ...TARGET, provider: 'elsewhere' }
    return codecOf(protocol).encodeRequest(request as never, target).body
  }
  return [
    ...(findForeign
      ? [['findForeign, marked thoughts', 2000, searched(findForeign, thinking)] as const]
      : []),
    ...(findReferences
      ? [
          [
            'findReferences, many turns',
            1500,
            searched(
              (bytes) => findReferences(bytes, findMembers(bytes, 100), true),
              (size) => manyMessages(size, protocol),
            ),
          ] as const,
        ]
      : []),
  ]
}

export const requestWorksOf = (protocol: Protocol): readonly Measured[] => [
  // Completions know a prompt and nothing else.
  ...(protocol === openaiCompletions ? [] : fullWorksOf(protocol)),
  ...searchWorksOf(protocol),
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
]
