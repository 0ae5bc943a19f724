/** Judges Gemini streams, answers and errors by the published types and what clients stumble over. */

import { errorShape, PART_KINDS, responseShape } from './gemini-shapes.ts'
import { firstRepeated, isRecord } from './shape.ts'
import { DONE, judgeStream } from './sse-frames.ts'
import type { Frame, Judge, StreamExpectation } from './sse-frames.ts'

export interface GeminiExpectation extends StreamExpectation {
  model?: string
}

interface Part {
  text?: string
  thought?: boolean
  thoughtSignature?: string
  functionCall?: { name: string; id?: string; partialArgs?: unknown; willContinue?: unknown }
}

interface Candidate {
  index?: number
  content?: { parts?: Part[] }
  finishReason?: string
}

interface Usage {
  promptTokenCount: number
  candidatesTokenCount?: number
  thoughtsTokenCount?: number
  toolUsePromptTokenCount?: number
  cachedContentTokenCount?: number
  totalTokenCount: number
}

interface Response {
  candidates?: Candidate[]
  promptFeedback?: { blockReason?: string }
  usageMetadata?: Usage
  modelVersion: string
  responseId: string
}

/** Reasons that say that no call was made of what the model wrote. */
const NO_CALL = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL'])

/** Words of other dialects of this protocol, which its clients do not read. */
const FOREIGN = ['finish_reason', 'function_call', 'thought_signature', 'inline_data', 'delta']

const judgeUsage = (usage: Usage) => {
  const { promptTokenCount, cachedContentTokenCount = 0, totalTokenCount } = usage
  const { candidatesTokenCount = 0, thoughtsTokenCount = 0, toolUsePromptTokenCount = 0 } = usage
  if (promptTokenCount === 0) return ['the usage counts no prompt tokens']
  const sum = promptTokenCount + candidatesTokenCount + thoughtsTokenCount + toolUsePromptTokenCount
  return [
    ...(totalTokenCount === sum ? [] : ['totalTokenCount is not the sum of the other counts']),
    ...(cachedContentTokenCount <= promptTokenCount
      ? []
      : ['promptTokenCount does not include the cached tokens']),
  ]
}

const judgePart = (part: Part, isEnd: boolean) => {
  const foreign = FOREIGN.find((key) => key in part)
  if (foreign !== undefined) return [`a part has the foreign field '${foreign}'`]
  const kinds = PART_KINDS.filter((kind) => kind in part)
  if (kinds.length === 0) return ['a part holds nothing']
  if (kinds.length > 1) return [`a part holds both ${kinds.join(' and ')}`]
  if (part.thought && part.text === undefined) return ['a thought is not a text']
  if (part.text === '' && part.thoughtSignature === undefined && !isEnd)
    return ['a part is an empty text']
  const { functionCall: call } = part
  return call && (call.partialArgs !== undefined || call.willContinue !== undefined)
    ? [`the call of '${call.name}' does not come whole`]
    : []
}

/** One candidate, as far as it has come. */
const createCandidate = (index: number) => {
  const ids: string[] = []
  let hasCall = false
  let isFinished = false

  return {
    isFinished: () => isFinished,
    push({ content, finishReason, ...rest }: Candidate): string[] {
      if (isFinished) return [`candidate ${index} goes on after its finishReason`]
      const foreign = FOREIGN.find((key) => key in rest)
      if (foreign !== undefined) return [`a candidate has the foreign field '${foreign}'`]
      const parts = content?.parts ?? []
      if (parts.length === 0 && (finishReason ?? 'STOP') === 'STOP')
        return [`candidate ${index} has no parts: its clients would forget the whole turn`]
      isFinished = finishReason !== undefined
      hasCall ||= parts.some(({ functionCall }) => functionCall)
      ids.push(...parts.flatMap(({ functionCall }) => functionCall?.id ?? []))
      const repeated = firstRepeated(ids)
      return [
        ...parts.flatMap((part) => judgePart(part, isFinished)),
        ...(repeated === undefined ? [] : [`the function call id '${repeated}' is used twice`]),
        ...(hasCall && NO_CALL.has(finishReason ?? '')
          ? [`finishReason is ${finishReason} though a function is called`]
          : []),
      ]
    },
  }
}

const createResponseJudge = ({ model }: { model?: string | undefined }) => {
  const candidates = new Map<number, ReturnType<typeof createCandidate>>()
  let first: Response | undefined
  let isBlocked = false

  const judgeIdentity = (response: Response) => {
    first ??= response
    const { responseId, modelVersion } = first
    if (response.responseId !== responseId)
      return [`the responseId changes from '${responseId}' to '${response.responseId}'`]
    if (response.modelVersion !== modelVersion)
      return [`the modelVersion changes from '${modelVersion}' to '${response.modelVersion}'`]
    return model === undefined || model === modelVersion
      ? []
      : [`the modelVersion is '${modelVersion}', not '${model}'`]
  }

  const judgeCandidates = ({ candidates: given = [], promptFeedback, usageMetadata }: Response) => {
    if (isBlocked) return ['a response follows the one that says that the prompt is blocked']
    isBlocked = promptFeedback?.blockReason !== undefined
    if (isBlocked) return given.length > 0 ? ['a blocked prompt has candidates'] : []
    if (given.length === 0) return ['a response has neither candidates nor a blockReason']
    const violations = given.flatMap((candidate) => {
      const { index = 0 } = candidate
      const known = candidates.get(index) ?? createCandidate(index)
      candidates.set(index, known)
      return known.push(candidate)
    })
    if (violations.length > 0) return violations
    return given.some(({ finishReason }) => finishReason) && !usageMetadata
      ? ['a finishReason comes without usageMetadata']
      : []
  }

  return {
    isFinished: () =>
      isBlocked ||
      (candidates.size > 0 && [...candidates.values()].every(({ isFinished }) => isFinished())),
    push(json: unknown): string[] {
      const violations = responseShape(json, '', false)
      if (violations.length > 0) return violations
      const response = json as Response
      return [
        ...judgeIdentity(response),
        ...judgeCandidates(response),
        ...(response.usageMetadata ? judgeUsage(response.usageMetadata) : []),
      ]
    },
  }
}

const STATUSES: Record<number, string[]> = {
  400: ['INVALID_ARGUMENT', 'FAILED_PRECONDITION', 'OUT_OF_RANGE'],
  401: ['UNAUTHENTICATED'],
  403: ['PERMISSION_DENIED'],
  404: ['NOT_FOUND'],
  409: ['ABORTED', 'ALREADY_EXISTS'],
  429: ['RESOURCE_EXHAUSTED'],
  499: ['CANCELLED'],
  500: ['INTERNAL', 'UNKNOWN', 'DATA_LOSS'],
  501: ['UNIMPLEMENTED'],
  503: ['UNAVAILABLE'],
  504: ['DEADLINE_EXCEEDED'],
}

export const checkGeminiError = (body: unknown): string[] => {
  const violations = errorShape(body, '', false)
  if (violations.length > 0) return violations
  const { code, status } = (body as { error: { code: number; status: string } }).error
  const known = STATUSES[code]
  return known && !known.includes(status) ? [`the code ${code} does not mean ${status}`] : []
}

const isErrorFrame = ({ json }: Frame) => isRecord(json) && 'error' in json

const createGeminiJudge = (expect: GeminiExpectation): Judge => {
  const responses = createResponseJudge(expect)
  let hasError = false

  return {
    isError: isErrorFrame,
    push(frame) {
      if (hasError) return ['an event follows the error']
      if (frame.event !== null) return ['a Gemini event has an event: line']
      if (frame.data === DONE) return ['Gemini does not end its streams with [DONE]']
      if (frame.data?.includes('\n')) return ['the data of an event is more than one line']
      if (!isErrorFrame(frame)) return responses.push(frame.json)
      hasError = true
      if (responses.isFinished()) return ['an error follows the finishReason']
      if (isRecord(frame.json) && 'candidates' in frame.json)
        return ['a response with candidates has an error']
      return checkGeminiError(frame.json)
    },
    end: () =>
      hasError || responses.isFinished()
        ? []
        : ['the stream ends without a finishReason or an error'],
  }
}

const hasComment = (bytes: Buffer) => /^:/m.test(bytes.toString('latin1'))

/** Gemini CLI reads a comment as a broken event. */
export const checkGeminiStream = (bytes: Buffer, expect: GeminiExpectation = {}): string[] =>
  hasComment(bytes)
    ? ['a comment stands in the stream']
    : judgeStream(bytes, createGeminiJudge(expect), expect)

export const checkGeminiAnswer = (body: unknown, expect: { model?: string } = {}): string[] => {
  if (isRecord(body) && 'error' in body) return ['an answer has an error']
  const judge = createResponseJudge(expect)
  const violations = judge.push(body)
  if (violations.length > 0) return violations
  return judge.isFinished() ? [] : ['a candidate has no finishReason']
}
