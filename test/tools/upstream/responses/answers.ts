/** Speaks an answer as a response with its items, and as the full order of its events. */
import { isToolCall, stopOf } from '../answers/answer.ts'
import type { Answer, Part, Stop } from '../answers/answer.ts'
import { usageOf } from '../answers/counts.ts'
import { piecesOf } from '../answers/pieces.ts'
import type { Body } from '../requests/shape.ts'
import { eventFrame } from '../answers/speech.ts'
import type { Speak, SpeechContext } from '../answers/speech.ts'

const INCOMPLETE: Partial<Record<Stop, string>> = {
  length: 'max_output_tokens',
  context_exceeded: 'max_output_tokens',
  content_filter: 'content_filter',
}

const toUsage = (answer: Answer, body: object): object => {
  if (answer.rawUsage) return answer.rawUsage
  const { input, output, cacheRead, cacheWrite, reasoning } = usageOf(answer, body)
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: cacheRead,
      ...(cacheWrite > 0 && { cache_write_tokens: cacheWrite }),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  }
}

interface Event extends Body {
  type: string
}

interface Item {
  added: Body
  done: Body
  /** What happens between its beginning and its end; the ids of the item are added later. */
  events(): Iterable<Event>
}

function* contentEvents(kind: 'text' | 'refusal', text: string, pieces?: number): Generator<Event> {
  const [name, part, field] =
    kind === 'text'
      ? ['output_text', { type: 'output_text', annotations: [], logprobs: [], text: '' }, 'text']
      : ['refusal', { type: 'refusal', refusal: '' }, 'refusal']
  const at = { content_index: 0, ...(kind === 'text' && { logprobs: [] }) }
  yield { type: 'response.content_part.added', content_index: 0, part }
  for (const delta of piecesOf(text, pieces)) yield { type: `response.${name}.delta`, ...at, delta }
  yield { type: `response.${name}.done`, ...at, [field as string]: text }
  yield {
    type: 'response.content_part.done',
    content_index: 0,
    part: { ...part, [field as string]: text },
  }
}

function* summaryEvents(text: string, pieces?: number): Generator<Event> {
  const at = { summary_index: 0 }
  const name = 'response.reasoning_summary'
  yield { type: `${name}_part.added`, ...at, part: { type: 'summary_text', text: '' } }
  for (const delta of piecesOf(text, pieces)) yield { type: `${name}_text.delta`, ...at, delta }
  yield { type: `${name}_text.done`, ...at, text }
  yield { type: `${name}_part.done`, ...at, part: { type: 'summary_text', text } }
}

function* inputEvents(
  name: string,
  field: string,
  text: string,
  pieces?: number,
): Generator<Event> {
  for (const delta of piecesOf(text, pieces)) yield { type: `response.${name}.delta`, delta }
  yield { type: `response.${name}.done`, [field]: text }
}

const wantsEncrypted = ({ include }: Body) =>
  Array.isArray(include) && include.includes('reasoning.encrypted_content')

const toMessage = (kind: 'text' | 'refusal', text: string, answer: Answer, id: string): Item => {
  const common = { id, type: 'message', role: 'assistant' }
  const part =
    kind === 'text'
      ? { type: 'output_text', annotations: [], logprobs: [], text }
      : { type: 'refusal', refusal: text }
  return {
    added: { ...common, status: 'in_progress', content: [] },
    done: { ...common, status: 'completed', content: [part] },
    events: () => contentEvents(kind, text, answer.pieces),
  }
}

const toItem = (part: Part, answer: Answer, { body, sealer, createId }: SpeechContext): Item => {
  if ('text' in part) return toMessage('text', part.text, answer, createId('msg_', 48))
  if ('refusal' in part) return toMessage('refusal', part.refusal, answer, createId('msg_', 48))
  if (isToolCall(part)) {
    const { name, arguments: input, namespace, custom, id } = part.toolCall
    const call = {
      id: createId(custom ? 'ctc_' : 'fc_', 48),
      type: custom ? 'custom_tool_call' : 'function_call',
      status: 'completed',
      call_id: id ?? createId('call_', 24),
      name,
      ...(namespace !== undefined && { namespace }),
    }
    const field = custom ? 'input' : 'arguments'
    return {
      added: { ...call, status: 'in_progress', [field]: '' },
      done: { ...call, [field]: input },
      events: () =>
        inputEvents(
          custom ? 'custom_tool_call_input' : 'function_call_arguments',
          field,
          input,
          answer.pieces,
        ),
    }
  }
  const thought = 'reasoning' in part ? part.reasoning : ''
  const common = { id: createId('rs_', 48), type: 'reasoning' }
  const encrypted = wantsEncrypted(body)
    ? { encrypted_content: sealer.seal('encrypted', thought || common.id) }
    : {}
  return {
    added: { ...common, ...encrypted, summary: [] },
    done: {
      ...common,
      ...encrypted,
      summary: thought ? [{ type: 'summary_text', text: thought }] : [],
    },
    events: () => (thought ? summaryEvents(thought, answer.pieces) : []),
  }
}

const isUserMessage = ({ type = 'message', role }: Body) => type === 'message' && role === 'user'

/** A conversation in short: what its user said, and the rest in one item. */
export const speakCompacted: Speak = (answer, context) => {
  const { body, createId, nowMs } = context
  const input = Array.isArray(body.input) ? (body.input as Body[]) : []
  const said = input.filter(isUserMessage).map((message) => ({
    id: createId('msg_', 48),
    ...message,
    type: 'message',
    status: 'completed',
  }))
  const whole = {
    id: createId('resp_', 48),
    object: 'response.compaction',
    created_at: Math.floor(nowMs / 1000),
    output: [...said, toCompaction(context).done],
    usage: toUsage(answer, body),
  }
  return { toJson: () => whole, frames: () => [], errorFrame: () => '' }
}

const endsWithTrigger = ({ input }: Body) =>
  Array.isArray(input) && (input.at(-1) as Body | undefined)?.type === 'compaction_trigger'

const toCompaction = ({ sealer, createId }: SpeechContext): Item => {
  const id = createId('cmp_', 48)
  const item = { id, type: 'compaction', encrypted_content: sealer.seal('encrypted', id) }
  return { added: item, done: item, events: () => [] }
}

/** What a response repeats of its request. */
const toEcho = (body: Body) => ({
  background: body.background ?? false,
  instructions: body.instructions ?? null,
  max_output_tokens: body.max_output_tokens ?? null,
  max_tool_calls: body.max_tool_calls ?? null,
  metadata: body.metadata ?? {},
  model: body.model,
  parallel_tool_calls: body.parallel_tool_calls ?? true,
  previous_response_id: body.previous_response_id ?? null,
  prompt_cache_key: body.prompt_cache_key ?? null,
  reasoning: body.reasoning ?? { effort: null, summary: null },
  safety_identifier: body.safety_identifier ?? null,
  service_tier: 'default',
  store: body.store ?? true,
  temperature: body.temperature ?? 1,
  text: body.text ?? { format: { type: 'text' } },
  tool_choice: body.tool_choice ?? 'auto',
  tools: body.tools ?? [],
  top_logprobs: 0,
  top_p: body.top_p ?? 1,
  truncation: body.truncation ?? 'disabled',
  user: body.user ?? null,
})

export const speakResponses: Speak = (answer, context) => {
  const { body, createId, nowMs } = context
  const id = createId('resp_', 48)
  const items = endsWithTrigger(body)
    ? [toCompaction(context)]
    : [
        ...(answer.items ?? []).map((item) => ({ added: item, done: item, events: () => [] })),
        ...(answer.parts ?? []).map((part) => toItem(part, answer, context)),
      ]
  const reason = INCOMPLETE[stopOf(answer)]
  const createdAt = Math.floor(nowMs / 1000)
  const base = {
    id,
    object: 'response',
    created_at: createdAt,
    ...toEcho(body),
    ...(answer.serviceTier !== undefined && { service_tier: answer.serviceTier }),
    error: null,
    incomplete_details: null,
  }
  const opening = { ...base, status: 'in_progress', output: [], usage: null }
  const whole = {
    ...base,
    status: reason ? 'incomplete' : 'completed',
    completed_at: reason ? null : createdAt,
    incomplete_details: reason ? { reason } : null,
    output: items.map(({ done }) => done),
    usage: toUsage(answer, body),
  }
  let sequence = 0
  const frame = ({ type, ...event }: Event) => {
    const numbered = { type, sequence_number: sequence, ...event }
    sequence += 1
    return eventFrame(numbered)
  }

  const queued = { ...opening, status: 'queued' }

  return {
    toJson: () => (body.background === true && body.stream !== true ? queued : whole),
    whole,

    *frames() {
      sequence = 0
      yield frame({ type: 'response.created', response: opening })
      yield frame({ type: 'response.in_progress', response: opening })
      for (const [outputIndex, { added, done, events }] of items.entries()) {
        const at = { output_index: outputIndex }
        yield frame({ type: 'response.output_item.added', ...at, item: added })
        for (const event of events()) yield frame({ ...event, ...at, item_id: added.id })
        yield frame({ type: 'response.output_item.done', ...at, item: done })
      }
      yield frame({ type: `response.${whole.status}`, response: whole })
    },

    errorFrame: (code = 'server_error', message = 'The server had an error.') =>
      frame({
        type: 'response.failed',
        response: { ...opening, status: 'failed', error: { code, message } },
      }),
  }
}
