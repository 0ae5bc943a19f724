/** Speaks an answer as an Anthropic message, its thinking signed. */
import { isToolCall, stopOf } from '../answers/answer.ts'
import type { Answer, Part, Stop } from '../answers/answer.ts'
import { anthropicErrorBody } from './anthropic-errors.ts'
import { usageOf } from '../answers/counts.ts'
import { piecesOf } from '../answers/pieces.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'
import { eventFrame } from '../answers/speech.ts'
import type { Speak, SpeechContext } from '../answers/speech.ts'

const STOP_REASONS: Record<Stop, string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  content_filter: 'refusal',
  stop_sequence: 'stop_sequence',
  tool_calls: 'tool_use',
  pause_turn: 'pause_turn',
  context_exceeded: 'model_context_window_exceeded',
}

const stopReasonOf = (answer: Answer) =>
  answer.stop === undefined && answer.parts?.some((part) => 'refusal' in part)
    ? 'refusal'
    : STOP_REASONS[stopOf(answer)]

const stopSequenceOf = (answer: Answer, { stop_sequences: sequences }: Body): unknown =>
  answer.stop === 'stop_sequence' && Array.isArray(sequences) ? (sequences[0] ?? null) : null

const toUsage = (answer: Answer, { body, cached }: SpeechContext) => {
  const { input, output, cacheRead, cacheWrite, reasoning } = usageOf(answer, body, cached)
  return {
    input_tokens: input - cacheRead - cacheWrite,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
    server_tool_use: null,
  }
}

const without = (object: Body, ...names: string[]): Body =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

const toOpening = ({ rawUsage }: Answer, usage: Body): Body => ({
  ...(rawUsage ? without(usage, 'server_tool_use', 'iterations', 'cost') : usage),
  output_tokens: 1,
  output_tokens_details: { thinking_tokens: 0 },
})

/** The rest was told at the start. */
const toClosing = (usage: Body): Body =>
  without(usage, 'cache_creation', 'service_tier', 'inference_geo', 'speed')

const toStartUsage = (answer: Answer, context: SpeechContext): Body => {
  if (answer.rawUsage) return answer.rawUsage
  const usage = toUsage(answer, context)
  const { cacheWrite1h } = usageOf(answer, context.body, context.cached)
  return {
    ...usage,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cache_creation_input_tokens - cacheWrite1h,
      ephemeral_1h_input_tokens: cacheWrite1h,
    },
    service_tier: answer.serviceTier ?? 'standard',
    inference_geo: null,
    speed: null,
  }
}

interface Block {
  /** As it is in a complete answer. */
  whole: Body
  /** As it opens in a stream. */
  opening: Body
  deltas: Iterable<object>
}

function* textDeltas(text: string, pieces?: number) {
  for (const piece of piecesOf(text, pieces)) yield { type: 'text_delta', text: piece }
}

function* thinkingDeltas(shown: string, signature: string, pieces?: number) {
  for (const piece of piecesOf(shown, pieces)) yield { type: 'thinking_delta', thinking: piece }
  yield { type: 'signature_delta', signature }
}

function* inputDeltas(input: string, pieces?: number) {
  yield { type: 'input_json_delta', partial_json: '' }
  for (const piece of piecesOf(input, pieces))
    yield { type: 'input_json_delta', partial_json: piece }
}

const parseInput = (text: string): unknown => {
  try {
    return JSON.parse(text || '{}')
  } catch {
    return {}
  }
}

const toBlock = (part: Part, answer: Answer, context: SpeechContext): Block => {
  const { body, sealer, createId } = context
  if ('text' in part || 'refusal' in part) {
    const text = 'text' in part ? part.text : part.refusal
    const opening = { type: 'text', text: '', citations: null }
    return { whole: { ...opening, text }, opening, deltas: textDeltas(text, answer.pieces) }
  }
  if ('reasoning' in part) {
    const omitted = isObject(body.thinking) && body.thinking.display === 'omitted'
    const thinking = omitted ? '' : part.reasoning
    const signature = sealer.seal('thinking', part.reasoning, thinking)
    return {
      whole: { type: 'thinking', thinking, signature },
      opening: { type: 'thinking', thinking: '', signature: '' },
      deltas: thinkingDeltas(thinking, signature, answer.pieces),
    }
  }
  if (isToolCall(part)) {
    const { name, arguments: text, id = createId('toolu_', 24) } = part.toolCall
    const opening = { type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } }
    return {
      whole: { ...opening, input: parseInput(text) },
      opening,
      deltas: inputDeltas(text, answer.pieces),
    }
  }
  const redacted = { type: 'redacted_thinking', data: sealer.seal('redacted', createId('thought')) }
  return { whole: redacted, opening: redacted, deltas: [] }
}

export const speakMessages: Speak = (answer, context) => {
  const { body, createId } = context
  const id = createId('msg_', 24)
  const blocks = (answer.parts ?? []).map((part) => toBlock(part, answer, context))
  const ending = { stop_reason: stopReasonOf(answer), stop_sequence: stopSequenceOf(answer, body) }
  const message = {
    id,
    type: 'message',
    role: 'assistant',
    model: body.model,
    container: null,
    context_management: body.context_management ? { applied_edits: [] } : null,
    diagnostics: null,
    stop_details:
      ending.stop_reason === 'refusal'
        ? { type: 'refusal', category: null, explanation: null }
        : null,
  }
  const startUsage = toStartUsage(answer, context)

  return {
    toJson: () => ({
      ...message,
      content: blocks.map(({ whole }) => whole),
      ...ending,
      usage: startUsage,
    }),

    *frames() {
      yield eventFrame({
        type: 'message_start',
        message: {
          ...message,
          stop_details: null,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: toOpening(answer, startUsage),
        },
      })
      for (const [index, { opening, deltas }] of blocks.entries()) {
        yield eventFrame({ type: 'content_block_start', index, content_block: opening })
        if (index === 0) yield eventFrame({ type: 'ping' })
        for (const delta of deltas) yield eventFrame({ type: 'content_block_delta', index, delta })
        yield eventFrame({ type: 'content_block_stop', index })
      }
      yield eventFrame({
        type: 'message_delta',
        delta: { ...ending, stop_details: message.stop_details, container: null },
        usage: answer.rawUsage ? toClosing(answer.rawUsage) : toUsage(answer, context),
        context_management: message.context_management,
      })
      yield eventFrame({ type: 'message_stop' })
    },

    errorFrame: (type = 'overloaded_error', wording = 'Overloaded') =>
      eventFrame({ ...anthropicErrorBody(type, wording), request_id: createId('req_', 24) }),
  }
}
