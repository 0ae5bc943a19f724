/** Requests and answers that hold much of one kind of thing, in the vocabulary. */
import type { Citation, FinishReason, ModelEvent, ModelRequest, Part, Tool, Turn } from '#model'

export const many = <Item>(size: number, make: (at: number) => Item): Item[] =>
  Array.from({ length: size }, (_, at) => make(at))

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const request = (fields: Partial<ModelRequest>): ModelRequest => ({
  model: 'm',
  stream: false,
  tools: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'x' }] }],
  maxOutputTokens: 9,
  ...fields,
})

/** Kinds of parts that a user's turn may hold. */
const SHOWN: readonly Part[] = [
  { kind: 'image', source: { kind: 'base64', mediaType: 'image/jpg', data: PNG } },
  { kind: 'image', source: { kind: 'url', url: 'https://example.com/x.png' }, detail: 'low' },
  {
    kind: 'file',
    name: 'a.pdf',
    source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' },
  },
  { kind: 'file', source: { kind: 'text', text: 'x' } },
  { kind: 'text', text: 'x', cacheControl: { type: 'ephemeral' } },
]

const SOUND: Part = { kind: 'audio', data: 'UklGRg==', format: 'wav' }

const shown = (size: number): Part[] => many(size, (at): Part => SHOWN[at % SHOWN.length] ?? SOUND)

/** A text in pieces, each with its source. */
const quoted = (size: number): Part[] =>
  many(size, (at): Part => ({ kind: 'text', text: 'xyz', citations: [citation(at)] }))

const citation = (at: number): Citation => ({
  url: `https://example.com/${at}`,
  title: `t${at}`,
  quote: 'x',
  start: 3 * at,
  end: 3 * at + 3,
})

const thoughts = (size: number): Part[] =>
  many(size, (at): Part =>
    at % 2 === 0
      ? { kind: 'reasoning', text: 'x', signature: 'c2ln' }
      : { kind: 'reasoning', text: '', redacted: 'c2VhbGVk' },
  )

/** With names that no protocol takes as they are, and schemas of every kind. */
const tools = (size: number): Tool[] =>
  many(size, (at): Tool =>
    at % 4 === 3
      ? { kind: 'freeform', name: `free ${at}`, format: { type: 'text' } }
      : {
          kind: 'function',
          name: `look.${'at'.repeat(at % 2)} ${at}`,
          description: 'x',
          schema: {
            $schema: 'x',
            type: 'object',
            properties: { a: { type: ['string', 'null'], minLength: 3 }, b: { oneOf: [{}] } },
            required: ['a'],
          },
        },
  )

const names = (size: number): string[] => tools(size).map(({ name }) => name)

const wide = (size: number) => ({
  type: 'object',
  properties: Object.fromEntries(
    many(size, (at) => [`p${at}`, { type: 'string', minLength: 1, pattern: 'x' }]),
  ),
  required: many(size, (at) => `p${at}`),
})

/** Each inside the one before. */
const union = (size: number) => ({ anyOf: many(size, () => wide(2)) })

const results = (size: number, parts: (at: number) => readonly Part[]): Turn[] => [
  { role: 'user', parts: [{ kind: 'text', text: 'x' }] },
  {
    role: 'assistant',
    parts: many(size, (at): Part => ({
      kind: 'tool-call',
      id: `call_${at}`,
      name: 'look',
      arguments: '{}',
    })),
  },
  {
    role: 'tool',
    parts: many(size, (at): Part => ({
      kind: 'tool-result',
      callId: `call_${at}`,
      parts: parts(at),
      isError: at % 2 === 0,
    })),
  },
]

const turn = (role: Turn['role'], parts: readonly Part[]): Turn[] => [
  { role: 'user', parts: [{ kind: 'text', text: 'x' }] },
  { role, parts },
  { role: 'user', parts: [{ kind: 'text', text: 'y' }] },
]

const look: Tool = { kind: 'function', name: 'look', schema: wide(1) }

/** What the request is full of. */
export const REQUESTS: Readonly<Record<string, (size: number) => ModelRequest>> = {
  'images and files': (size) => request({ turns: [{ role: 'user', parts: shown(size) }] }),
  sounds: (size) => request({ turns: [{ role: 'user', parts: many(size, () => SOUND) }] }),
  citations: (size) => request({ turns: turn('assistant', quoted(size)) }),
  thoughts: (size) => request({ turns: turn('assistant', thoughts(size)) }),
  refusals: (size) =>
    request({
      turns: turn(
        'assistant',
        many(size, () => ({ kind: 'refusal', text: 'x' })),
      ),
    }),
  'system turns': (size) =>
    request({
      turns: [
        ...many(size, (): Turn => ({ role: 'system', parts: [{ kind: 'text', text: 'x' }] })),
        ...many(size, (at): Turn => ({
          role: at % 2 === 0 ? 'user' : 'system',
          parts: [{ kind: 'text', text: 'x' }],
        })),
      ],
    }),
  tools: (size) => request({ tools: tools(size) }),
  'tools that are all allowed': (size) =>
    request({
      tools: tools(size),
      toolChoice: { mode: 'allowed', names: names(size).toReversed(), required: true },
    }),
  'calls that are never answered': (size) =>
    request({ tools: [look], turns: results(size, () => []).slice(0, 2) }),
  'results of images': (size) =>
    request({ tools: [look], turns: results(size, () => SHOWN.slice(0, 2)) }),
  'properties of a tool': (size) =>
    request({ tools: [{ kind: 'function', name: 'f', schema: wide(size) }] }),
  'unions of a tool': (size) =>
    request({ tools: [{ kind: 'function', name: 'f', schema: union(size) }] }),
  'properties of an answer': (size) =>
    request({ answerFormat: { kind: 'json-schema', name: 'x', schema: wide(size), strict: true } }),
  'stop sequences': (size) => request({ stopSequences: many(size, (at) => `s${at}`) }),
}

const usage = {
  inputTokens: 1,
  outputTokens: 1,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
}

const answer = (parts: readonly ModelEvent[], reason: FinishReason = 'stop'): ModelEvent[] => [
  { type: 'message-start', id: 'm', model: 'm' },
  ...parts,
  { type: 'message-end', reason, usage },
]

const whole = (
  size: number,
  part: (at: number) => Extract<ModelEvent, { type: 'part-start' }>['part'],
  text: string,
  signature?: string,
): ModelEvent[] =>
  many(size, (index): ModelEvent[] => [
    { type: 'part-start', index, part: part(index) },
    ...(text === '' ? [] : [{ type: 'part-delta', index, text } as const]),
    { type: 'part-end', index, ...(signature === undefined ? {} : { signature }) },
  ]).flat()

/** Every part is begun before the first one ends. */
const interleaved = (size: number): ModelEvent[] => [
  ...many(size, (index): ModelEvent => ({ type: 'part-start', index, part: { kind: 'text' } })),
  ...many(size, (index): ModelEvent => ({ type: 'part-delta', index, text: 'x' })),
  ...many(size, (index): ModelEvent => ({ type: 'part-end', index })),
]

const text = (size: number): ModelEvent[] => [
  { type: 'part-start', index: 0, part: { kind: 'text' } },
  ...many(size, (): ModelEvent => ({ type: 'part-delta', index: 0, text: 'xyz' })),
]

const cited = (size: number): ModelEvent[] => [
  ...text(size),
  ...many(size, (at): ModelEvent[] => [
    {
      type: 'part-start',
      index: at + 1,
      part: { kind: 'citation', of: 0, citation: citation(at) },
    },
    { type: 'part-end', index: at + 1 },
  ]).flat(),
  { type: 'part-end', index: 0 },
]

/** What the answer is full of. */
export const ANSWERS: Readonly<Record<string, (size: number) => ModelEvent[]>> = {
  'parts that all wait for the first': (size) => answer(interleaved(size)),
  'one long text': (size) => answer([...text(size), { type: 'part-end', index: 0 }]),
  citations: (size) => answer(cited(size)),
  'thoughts that are signed': (size) =>
    answer([
      ...whole(size, () => ({ kind: 'reasoning' }), 'x', 'c2ln'),
      ...whole(1, () => ({ kind: 'text' }), 'x').map(
        (event) => ({ ...event, index: size }) as ModelEvent,
      ),
    ]),
  'thoughts that are sealed': (size) =>
    answer(whole(size, () => ({ kind: 'reasoning', redacted: 'c2VhbGVk' }), '')),
  calls: (size) =>
    answer(
      whole(size, (at) => ({ kind: 'tool-call', id: `call_${at}`, name: 'look' }), '{}'),
      'tool-calls',
    ),
  'freeform calls': (size) =>
    answer(
      whole(
        size,
        (at) => ({ kind: 'tool-call', id: `call_${at}`, name: 'f', freeform: true }),
        'x',
      ),
      'tool-calls',
    ),
  refusals: (size) =>
    answer(
      whole(size, () => ({ kind: 'refusal' }), 'x'),
      'content-filter',
    ),
  sounds: (size) => answer(whole(size, () => ({ kind: 'audio', id: 'a', format: 'wav' }), 'UklG')),
}

export { request as aRequest, wide }
