/** Random answers in the vocabulary, for properties: well-formed sentences, and any events at all. */
import * as fc from 'fast-check'
import {
  type Citation,
  type FinishReason,
  GatewayError,
  type ModelEvent,
  type PartOpening,
  type Usage,
} from '#model'
import { escapeJson } from '#streams'

/** Characters that have broken gateways: quotes, escapes, line ends, several bytes, what looks like a frame. */
const AWKWARD = [
  '"',
  '\\',
  '\n',
  '\r\n',
  '\u0000',
  '\u2028',
  'é',
  '語',
  '👩‍👩‍👧',
  '\n\ndata: ',
  '\\u0041',
  '</',
]

export const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc
    .array(fc.constantFrom(...AWKWARD, 'a', ' '), { minLength: 1, maxLength: 6 })
    .map((all) => all.join('')),
)

const filled = text.filter((value) => value.trim() !== '')

/** A string as the pieces in which it might come. */
const piecesOf = (value: string) =>
  fc.array(fc.nat(value.length), { maxLength: 4 }).map((places) => {
    const cuts = [0, ...places.toSorted((a, b) => a - b), value.length]
    return cuts.slice(1).map((cut, index) => value.slice(cuts[index], cut))
  })

/** A cut inside a surrogate pair is not text: such pieces are joined again. */
const whole = (pieces: readonly string[]): string[] => {
  const sound: string[] = []
  for (const piece of pieces) {
    const last = sound.at(-1)
    if (last !== undefined && /[\uD800-\uDBFF]$/.test(last)) sound[sound.length - 1] = last + piece
    else if (piece !== '') sound.push(piece)
  }
  return sound
}

const toolId = fc.stringMatching(/^[a-zA-Z0-9_-]{1,30}$/)
const toolName = fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/)
const argumentsJson = fc.oneof(
  fc.constant(''),
  fc
    .dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 3 })
    .map((value) => JSON.stringify(value)),
)

interface RandomPart {
  readonly opening: PartOpening
  readonly pieces: readonly string[]
  readonly signature?: string
}

const part = (
  opening: fc.Arbitrary<PartOpening>,
  body: fc.Arbitrary<string>,
  signature: fc.Arbitrary<string | undefined> = fc.constant(undefined),
): fc.Arbitrary<RandomPart> =>
  fc.tuple(opening, body.chain(piecesOf), signature).map(([of, pieces, signed]) => ({
    opening: of,
    pieces: whole(pieces),
    ...(signed === undefined ? {} : { signature: signed }),
  }))

const signature = fc.base64String({ minLength: 4, maxLength: 24 }).filter((value) => value !== '')

export const textPart = part(fc.constant({ kind: 'text' }), filled)
const reasoningPart = part(fc.constant({ kind: 'reasoning' }), text, signature)
const unsignedPart = part(fc.constant({ kind: 'reasoning' }), text)
const redactedPart = part(
  signature.map((redacted) => ({ kind: 'reasoning', redacted })),
  fc.constant(''),
)
export const callPart = part(
  fc.tuple(toolId, toolName).map(([id, name]) => ({ kind: 'tool-call', id, name })),
  argumentsJson,
)
const oddCallPart = part(
  fc
    .tuple(fc.oneof(toolId, text, fc.constant('same')), toolName, fc.boolean())
    .map(([id, name, freeform]) =>
      freeform ? { kind: 'tool-call', id, name, freeform } : { kind: 'tool-call', id, name },
    ),
  fc.oneof(argumentsJson, text, fc.constant('{"cut": [1,')),
)
const refusalPart = part(fc.constant({ kind: 'refusal' }), text)
const emptyPart = part(fc.constant({ kind: 'text' }), fc.constant(''))
const audioPart = part(
  fc.constant({ kind: 'audio', id: 'audio_1', format: 'wav' }),
  fc.base64String({ maxLength: 12 }),
)
const nativePart = part(
  fc.constantFrom<PartOpening>(
    {
      kind: 'native',
      protocol: 'anthropic-messages',
      value: {
        type: 'server_tool_use',
        id: 'srvtoolu_1',
        name: 'web_search',
        input: { query: 'x' },
        caller: { type: 'direct' },
      },
    },
    {
      kind: 'native',
      protocol: 'anthropic-messages',
      value: { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
    },
    { kind: 'native', protocol: 'openai-responses', value: { type: 'computer_call' } },
    {
      kind: 'native',
      protocol: 'gemini',
      value: { executableCode: { language: 'PYTHON', code: 'print(1)' } },
    },
    {
      kind: 'native',
      protocol: 'gemini',
      value: { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1\n' } },
    },
    {
      kind: 'native',
      protocol: 'gemini',
      value: { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
    },
    // Invalid images, and unknown parts.
    { kind: 'native', protocol: 'gemini', value: { inlineData: { mimeType: 'x', data: '?' } } },
    { kind: 'native', protocol: 'gemini', value: { invented: 1 } },
  ),
  fc.constant(''),
)

const count = fc.nat(5000)

const usage: fc.Arbitrary<Usage> = fc
  .tuple(count, count, count, count, count)
  .map(([fresh, read, written, spoken, thought]) => ({
    inputTokens: 1 + fresh + read + written,
    cacheReadTokens: read,
    cacheWriteTokens: written,
    outputTokens: spoken + thought,
    reasoningTokens: thought,
  }))

const CUT: readonly FinishReason[] = ['length', 'context-full', 'content-filter', 'pause']

const reasonFor = (parts: readonly RandomPart[]): fc.Arbitrary<FinishReason> =>
  parts.some(({ opening }) => opening.kind === 'tool-call')
    ? fc.constantFrom<FinishReason>('tool-calls', ...CUT)
    : fc.constantFrom<FinishReason>('stop', 'stop-sequence', 'other', ...CUT)

const toDelta = (index: number, piece: string, spliced: boolean): ModelEvent =>
  spliced
    ? { type: 'part-delta', index, text: piece, escaped: escapeJson(piece) }
    : { type: 'part-delta', index, text: piece }

const toEvents = (
  { opening, pieces, signature: signed }: RandomPart,
  index: number,
  spliced: boolean,
): ModelEvent[] => [
  { type: 'part-start', index, part: opening },
  ...pieces.map((piece) => toDelta(index, piece, spliced)),
  signed === undefined
    ? { type: 'part-end', index }
    : { type: 'part-end', index, signature: signed },
]

/** Mixes the events of parts; each part keeps its own order, and parts start in the order of their index. */
const interleave = (
  parts: readonly (readonly ModelEvent[])[],
  order: readonly number[],
): ModelEvent[] => {
  const rest = parts.map((events) => [...events])
  const mixed: ModelEvent[] = []
  let started = 0
  for (let step = 0; ; step++) {
    const ready = rest.slice(0, started + 1).filter((events) => events.length > 0)
    const chosen = ready[(order[step % order.length] ?? 0) % ready.length]
    const event = chosen?.shift()
    if (!event) return mixed
    if (event.type === 'part-start') started++
    mixed.push(event)
  }
}

export interface SentenceOptions {
  readonly part: fc.Arbitrary<RandomPart>
  /** Whether parts may be mixed with each other. */
  readonly interleaved: boolean
}

const ids = fc.stringMatching(/^msg_[a-zA-Z0-9]{4,16}$/)

export const sentences = ({
  part: one,
  interleaved,
}: SentenceOptions): fc.Arbitrary<ModelEvent[]> =>
  fc
    .array(one, { maxLength: 5 })
    .map(withOwnIds)
    .chain((parts) =>
      fc.record({
        parts: fc.constant(parts),
        id: ids,
        reason: reasonFor(parts),
        usage,
        spliced: fc.boolean(),
        order: interleaved
          ? fc.array(fc.nat(7), { minLength: 1, maxLength: 12 })
          : fc.constant([0]),
      }),
    )
    .map((all) => [
      { type: 'message-start', id: all.id, model: 'upstream-model', usage: all.usage },
      ...interleave(
        all.parts.map((own, index) => toEvents(own, index, all.spliced)),
        all.order,
      ),
      all.reason === 'stop-sequence'
        ? { type: 'message-end', reason: all.reason, stopSequence: 'END', usage: all.usage }
        : { type: 'message-end', reason: all.reason, usage: all.usage },
    ])

/** Ids of calls are unique within a well-formed answer. */
const withOwnIds = (parts: readonly RandomPart[]): RandomPart[] =>
  parts.map((own, index) =>
    own.opening.kind === 'tool-call' && own.opening.id !== 'same'
      ? { ...own, opening: { ...own.opening, id: `${own.opening.id}${index}`.slice(-38) } }
      : own,
  )

/** Sentences that every protocol can say in full: decoding what was encoded gives the same. */
export const plainSentences = sentences({
  part: fc.oneof(textPart, reasoningPart, redactedPart, callPart),
  interleaved: false,
})

/** Well-formed sentences of every kind of part, in any order, with odd ids and broken arguments. */
export const anySentences = sentences({
  part: fc.oneof(
    textPart,
    reasoningPart,
    unsignedPart,
    redactedPart,
    callPart,
    oddCallPart,
    refusalPart,
    emptyPart,
    audioPart,
    nativePart,
  ),
  interleaved: true,
})

const citation: fc.Arbitrary<Citation> = fc.constantFrom(
  { url: 'https://example.com/', title: 'Example', quote: 'so it is' },
  { quote: 'from nowhere' },
)

const index = fc.nat(3)

const opening: fc.Arbitrary<PartOpening> = fc.oneof(
  fc
    .tuple(index, citation)
    .map(([of, cited]): PartOpening => ({ kind: 'citation', of, citation: cited })),
  fc
    .oneof(
      textPart,
      reasoningPart,
      redactedPart,
      callPart,
      oddCallPart,
      refusalPart,
      audioPart,
      nativePart,
    )
    .map((own) => own.opening),
  fc.constant<PartOpening>({ kind: 'tool-call', id: '', name: '' }),
)

const anyEvent: fc.Arbitrary<ModelEvent> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('message-start' as const),
      id: fc.constantFrom('', 'msg_1'),
      model: fc.constant('m'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('part-start' as const), index, part: opening }),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(index, text, fc.boolean())
      .map(([at, said, spliced]) => toDelta(at, said, spliced)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(index, fc.option(signature))
      .map(([at, signed]): ModelEvent =>
        signed === null
          ? { type: 'part-end', index: at }
          : { type: 'part-end', index: at, signature: signed },
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(reasonFor([]), usage)
      .map(([reason, spent]): ModelEvent => ({ type: 'message-end', reason, usage: spent })),
  },
  {
    weight: 1,
    arbitrary: fc.constant<ModelEvent>({
      type: 'error',
      error: new GatewayError('upstream_failed', 'It broke.'),
    }),
  },
)

/** Events in any order: what no decoder should give, and no encoder may be misled by. */
export const anyEvents = fc.array(anyEvent, { maxLength: 20 })
