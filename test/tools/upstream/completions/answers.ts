/** Speaks an answer as the completion of a text: one choice for each prompt, as often as asked. */
import type { Answer, Stop } from '../answers/answer.ts'
import { stopOf } from '../answers/answer.ts'
import { usageOf } from '../answers/counts.ts'
import { openaiErrorBody } from '../answers/openai-errors.ts'
import { piecesOf } from '../answers/pieces.ts'
import { isObject } from '../requests/shape.ts'
import { dataFrame } from '../answers/speech.ts'
import type { Speak } from '../answers/speech.ts'

const FINISH_REASONS: Record<Stop, string> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content_filter',
  stop_sequence: 'stop',
  tool_calls: 'stop',
  pause_turn: 'stop',
  context_exceeded: 'length',
}

/** One prompt is a text or a row of tokens. */
const promptsOf = (prompt: unknown): unknown[] =>
  Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt : [prompt]

const textOf = ({ parts = [] }: Answer) =>
  parts.map((part) => ('text' in part ? part.text : '')).join('')

const toUsage = (answer: Answer, body: object): object => {
  if (answer.rawUsage) return answer.rawUsage
  const { input, output, cacheRead } = usageOf(answer, body)
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cacheRead, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  }
}

export const speakCompletions: Speak = (answer, { body, createId, nowMs }) => {
  const common = {
    id: createId('cmpl-', 29),
    object: 'text_completion',
    created: Math.floor(nowMs / 1000),
    model: body.model,
  }
  const prompts = promptsOf(body.prompt).flatMap((prompt) =>
    Array.from({ length: Number(body.n ?? 1) }, () => prompt),
  )
  const echoed = (prompt: unknown) =>
    body.echo === true && typeof prompt === 'string' ? prompt : ''
  const finish = FINISH_REASONS[stopOf(answer)]
  const wantsUsage = isObject(body.stream_options) && body.stream_options.include_usage === true

  const chunk = (choices: object[], usage?: object) =>
    dataFrame({ ...common, choices, ...(wantsUsage && { usage: usage ?? null }) })

  return {
    toJson: () => ({
      ...common,
      choices: prompts.map((prompt, index) => ({
        text: echoed(prompt) + textOf(answer),
        index,
        logprobs: null,
        finish_reason: finish,
      })),
      usage: toUsage(answer, body),
    }),

    *frames() {
      for (const [index, prompt] of prompts.entries()) {
        const choice = (text: string, reason: string | null = null) =>
          chunk([{ text, index, logprobs: null, finish_reason: reason }])
        for (const piece of piecesOf(echoed(prompt) + textOf(answer), answer.pieces))
          yield choice(piece)
        yield choice('', finish)
      }
      if (wantsUsage) yield chunk([], toUsage(answer, body))
      yield dataFrame('[DONE]')
    },

    errorFrame: (type = 'server_error', message = 'The server had an error.') =>
      dataFrame(openaiErrorBody(message, { type, code: type })),
  }
}
