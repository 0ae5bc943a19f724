/** Speaks an answer as a chat completion. Usage in a stream comes only to those who ask. */
import { isToolCall, stopOf } from '../answers/answer.ts'
import type { Answer, Part, Stop, ToolCallPart } from '../answers/answer.ts'
import { usageOf } from '../answers/counts.ts'
import { openaiErrorBody } from '../answers/openai-errors.ts'
import { piecesOf } from '../answers/pieces.ts'
import { isObject } from '../requests/shape.ts'
import { dataFrame } from '../answers/speech.ts'
import type { Speak, SpeechContext } from '../answers/speech.ts'

const FINISH_REASONS: Record<Stop, string> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content_filter',
  stop_sequence: 'stop',
  tool_calls: 'tool_calls',
  pause_turn: 'stop',
  context_exceeded: 'length',
}

const toUsage = (answer: Answer, body: object): object => {
  if (answer.rawUsage) return answer.rawUsage
  const { input, output, cacheRead, cacheWrite, reasoning, ...usage } = usageOf(answer, body)
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: cacheRead,
      audio_tokens: usage.audioInput,
      ...(cacheWrite > 0 && { cache_write_tokens: cacheWrite }),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: usage.audioOutput,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

const toCall = ({ toolCall }: ToolCallPart, id: string, argumentsText = toolCall.arguments) =>
  toolCall.custom
    ? { id, type: 'custom', custom: { name: toolCall.name, input: argumentsText } }
    : { id, type: 'function', function: { name: toolCall.name, arguments: argumentsText } }

const join = (parts: Part[], read: (part: Part) => string | undefined) => {
  const texts = parts.map(read).filter((text) => text !== undefined)
  return texts.length > 0 ? texts.join('') : undefined
}

const textOf = (part: Part) => ('text' in part ? part.text : undefined)
const reasoningOf = (part: Part) => ('reasoning' in part ? part.reasoning : undefined)
const refusalOf = (part: Part) => ('refusal' in part ? part.refusal : undefined)

const callIds = (answer: Answer, { createId }: SpeechContext) =>
  new Map(
    (answer.parts ?? [])
      .filter(isToolCall)
      .map((part) => [part, part.toolCall.id ?? createId('call_', 24)]),
  )

const toMessage = (parts: Part[], ids: Map<Part, string>) => {
  const reasoning = join(parts, reasoningOf)
  const calls = parts.filter(isToolCall).map((part) => toCall(part, ids.get(part) ?? ''))
  return {
    role: 'assistant',
    content: join(parts, textOf) ?? null,
    refusal: join(parts, refusalOf) ?? null,
    annotations: [],
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** The deltas of one answer, after the first that only names the role. */
function* deltasOf(answer: Answer, ids: Map<Part, string>): Generator<object> {
  let index = 0
  for (const part of answer.parts ?? []) {
    if ('text' in part) for (const content of piecesOf(part.text, answer.pieces)) yield { content }
    else if ('reasoning' in part)
      for (const piece of piecesOf(part.reasoning, answer.pieces))
        yield { reasoning_content: piece }
    else if ('refusal' in part)
      for (const refusal of piecesOf(part.refusal, answer.pieces)) yield { refusal }
    else if (isToolCall(part)) {
      yield { tool_calls: [{ index, ...toCall(part, ids.get(part) ?? '', '') }] }
      for (const piece of piecesOf(part.toolCall.arguments, answer.pieces))
        yield {
          tool_calls: [
            part.toolCall.custom
              ? { index, custom: { input: piece } }
              : { index, function: { arguments: piece } },
          ],
        }
      index += 1
    }
  }
}

export const speakChat: Speak = (answer, context) => {
  const { body, createId, nowMs } = context
  const id = createId('chatcmpl-', 29)
  const ids = callIds(answer, context)
  const usage = toUsage(answer, body)
  const choices = Array.from({ length: Number(body.n ?? 1) }, (_, index) => index)
  const finish = FINISH_REASONS[stopOf(answer)]
  const common = {
    id,
    created: Math.floor(nowMs / 1000),
    model: body.model,
    service_tier: answer.serviceTier ?? 'default',
    system_fingerprint: 'fp_upstream',
  }
  const wantsUsage = isObject(body.stream_options) && body.stream_options.include_usage === true

  const chunk = (given: object[], final?: object) =>
    dataFrame({
      ...common,
      object: 'chat.completion.chunk',
      choices: given,
      ...(wantsUsage && { usage: final ?? null }),
    })

  return {
    toJson: () => ({
      ...common,
      object: 'chat.completion',
      choices: choices.map((index) => ({
        index,
        message: toMessage(answer.parts ?? [], ids),
        logprobs: null,
        finish_reason: finish,
      })),
      usage,
    }),

    *frames() {
      for (const index of choices) {
        const choice = (delta: object, reason: string | null = null) =>
          chunk([{ index, delta, logprobs: null, finish_reason: reason }])
        yield choice({ role: 'assistant', content: '', refusal: null })
        for (const delta of deltasOf(answer, ids)) yield choice(delta)
        yield choice({}, finish)
      }
      if (wantsUsage) yield chunk([], usage)
      yield dataFrame('[DONE]')
    },

    errorFrame: (type = 'server_error', message = 'The server had an error.') =>
      dataFrame(openaiErrorBody(message, { type, code: type })),
  }
}
