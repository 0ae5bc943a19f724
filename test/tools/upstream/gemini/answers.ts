/** Writes an answer as Gemini: complete, as a stream, or as the list that replaces a stream without SSE. */
import { isToolCall, stopOf } from '../answers/answer.ts'
import type { Answer, Part, Stop } from '../answers/answer.ts'
import { usageOf } from '../answers/counts.ts'
import { geminiStreamError } from './errors.ts'
import { findGeminiModel } from './models.ts'
import { signatureFor } from './signatures.ts'
import { piecesOf } from '../answers/pieces.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'
import type { Speak, SpeechContext } from '../answers/speech.ts'

const FINISH_REASONS: Record<Stop, string> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
  stop_sequence: 'STOP',
  tool_calls: 'STOP',
  pause_turn: 'STOP',
  context_exceeded: 'MAX_TOKENS',
}

const parseArguments = (text: string): Body | undefined => {
  try {
    const value: unknown = JSON.parse(text || '{}')
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isMalformed = (part: Part) =>
  isToolCall(part) && parseArguments(part.toolCall.arguments) === undefined

const finishReasonOf = (answer: Answer) => {
  const { parts = [], stop } = answer
  if (parts.some(isMalformed)) return 'MALFORMED_FUNCTION_CALL'
  if (stop === undefined && parts.some((part) => 'refusal' in part)) return 'SAFETY'
  return FINISH_REASONS[stopOf(answer)]
}

/** Before the end, only what the model has read. */
const toOpening = (usage: Body): Body =>
  Object.fromEntries(Object.entries(usage).filter(([name]) => !/^candidates|^thoughts/.test(name)))

const toUsage = (answer: Answer, body: object, isEnd: boolean): Body => {
  if (answer.rawUsage) return isEnd ? answer.rawUsage : toOpening(answer.rawUsage)
  const { input, output, cacheRead, reasoning, audioInput } = usageOf(answer, body)
  const sound = { modality: 'AUDIO', tokenCount: audioInput }
  const prompt = {
    promptTokenCount: input,
    ...(cacheRead > 0 && { cachedContentTokenCount: cacheRead }),
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: input - audioInput },
      ...(audioInput > 0 ? [sound] : []),
    ],
    ...(answer.serviceTier !== undefined && { serviceTier: answer.serviceTier }),
  }
  if (!isEnd) return { ...prompt, totalTokenCount: input }
  const thoughts = Math.min(reasoning, output)
  return {
    ...prompt,
    candidatesTokenCount: output - thoughts,
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
    totalTokenCount: input + output,
  }
}

const showsThoughts = ({ generationConfig: config }: Body) =>
  isObject(config) &&
  isObject(config.thinkingConfig) &&
  config.thinkingConfig.includeThoughts === true

const isThought = (part: Part) => 'reasoning' in part || 'redacted' in part

const thoughtOf = (parts: Part[]) =>
  parts.map((part) => ('reasoning' in part ? part.reasoning : '')).join('')

/** A model of the third generation signs even where it did not think. */
const signs = ({ model }: Body, parts: Part[]) => {
  const generation = findGeminiModel(String(model))?.generation ?? 2.5
  return generation >= 3 || (generation >= 2.5 && parts.some(isThought))
}

/** The parts of a complete answer; only the first call of an answer is signed. */
const toParts = (answer: Answer, { body, sealer, createId }: SpeechContext): Body[] => {
  const given = answer.parts ?? []
  const thought = thoughtOf(given)
  const namesCalls = (findGeminiModel(String(body.model))?.generation ?? 0) >= 3
  const parts = given.flatMap((part): Body[] => {
    if ('text' in part) return [{ text: part.text }]
    if ('refusal' in part) return [{ text: part.refusal }]
    if ('reasoning' in part)
      return showsThoughts(body) ? [{ text: part.reasoning, thought: true }] : []
    if (!isToolCall(part) || isMalformed(part)) return []
    const { id = namesCalls ? createId('call_', 12) : undefined, name } = part.toolCall
    const args = parseArguments(part.toolCall.arguments)
    return [{ functionCall: { ...(id !== undefined && { id }), name, args } }]
  })
  if (!signs(body, given)) return parts
  const signed =
    parts.find(({ functionCall }) => functionCall) ?? parts.findLast((part) => !part.thought)
  return parts.map((part) =>
    part === signed ? { ...part, thoughtSignature: signatureFor(sealer, part, thought) } : part,
  )
}

/** A call is complete; the signature of a text is on its last piece. */
function* streamedParts(parts: Body[], pieces?: number): Generator<Body> {
  for (const { text, thoughtSignature, ...rest } of parts) {
    const signature = thoughtSignature === undefined ? {} : { thoughtSignature }
    if (typeof text !== 'string') {
      yield { ...rest, ...signature }
      continue
    }
    for (const piece of piecesOf(text, pieces)) yield { text: piece, ...rest }
    if (thoughtSignature !== undefined) yield { text: '', ...rest, ...signature }
  }
}

/** Google ends its lines in both characters. */
const frameOf = (data: object) => `data: ${JSON.stringify(data)}\r\n\r\n`

export const speakGemini: Speak = (answer, context) => {
  const { body, createId } = context
  const responseId = createId('resp', 12)
  const parts = toParts(answer, context)
  const finishReason = finishReasonOf(answer)
  const candidates = Number(
    (isObject(body.generationConfig) && body.generationConfig.candidateCount) || 1,
  )

  const response = (some: Body[], index: number, reason?: string) => ({
    candidates: [
      {
        ...(some.length > 0 && { content: { parts: some, role: 'model' } }),
        ...(reason !== undefined && { finishReason: reason }),
        ...(reason !== undefined && answer.grounding && { groundingMetadata: answer.grounding }),
        index,
      },
    ],
    usageMetadata: toUsage(answer, body, reason !== undefined),
    modelVersion: body.model,
    responseId,
  })

  const orNothing = (some: Body[]) =>
    some.length === 0 && finishReason === 'STOP' ? [{ text: '' }] : some

  function* responses() {
    for (let index = 0; index < candidates; index += 1) {
      let last: Body[] = []
      for (const part of streamedParts(parts, answer.pieces)) {
        if (last.length > 0) yield response(last, index)
        last = [part]
      }
      // A signature without a part is sent with the end, if nothing else is.
      yield response(orNothing(last), index, finishReason)
    }
  }

  const whole = () => ({
    ...response([], 0, finishReason),
    candidates: Array.from({ length: candidates }, (_, index) =>
      response(orNothing(parts), index, finishReason).candidates.at(0),
    ),
  })

  return {
    toJson: () => (body.asList ? [...responses()] : whole()),

    *frames() {
      for (const some of responses()) yield frameOf(some)
    },

    errorFrame: (type, message) => frameOf(geminiStreamError(type, message)),
  }
}
