/** Judges Chat Completions streams, answers and errors by the published types and their traps. */

import { answerShape, chunkShape, errorShape } from './chat-completions-shapes.ts'
import { firstRepeated, isJsonObject, isRecord } from './shape.ts'
import { DONE, judgeStream } from './sse-frames.ts'
import type { Frame, Judge, StreamExpectation } from './sse-frames.ts'

export interface ChatExpectation extends StreamExpectation {
  includeUsage?: boolean
  model?: string
}

interface Usage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number }
  completion_tokens_details?: { reasoning_tokens?: number }
}

interface ToolCall {
  index: number
  id?: string
  type?: string
  function?: { name?: string; arguments?: string }
  custom?: { name?: string; input?: string }
}

interface Message {
  role?: string
  tool_calls?: ToolCall[]
  function_call?: unknown
}

interface Choice {
  index: number
  delta: Message
  message: Message
  finish_reason: string | null
}

interface Chunk {
  id: string
  model: string
  created: number
  choices: Choice[]
  usage?: Usage | null
}

/** An answer that was broken off may have a tool call with incomplete arguments. */
const CUT_SHORT = new Set(['length', 'content_filter'])
const LONGEST_CALL_ID = 40

const judgeUsage = (usage: Usage) => {
  const { cached_tokens = 0, cache_write_tokens = 0 } = usage.prompt_tokens_details ?? {}
  const { reasoning_tokens = 0 } = usage.completion_tokens_details ?? {}
  const violations: string[] = []
  if (usage.total_tokens !== usage.prompt_tokens + usage.completion_tokens)
    violations.push('total_tokens is not prompt_tokens plus completion_tokens')
  if (cached_tokens + cache_write_tokens > usage.prompt_tokens)
    violations.push('prompt_tokens does not include the cached tokens')
  if (reasoning_tokens > usage.completion_tokens)
    violations.push('completion_tokens does not include the reasoning tokens')
  return violations
}

interface Call {
  id: string
  type: string
  payload: string
}

const toCall = ({ id = '', type = '', ...call }: ToolCall): Call => ({
  id,
  type,
  payload: (type === 'custom' ? call.custom?.input : call.function?.arguments) ?? '',
})

const judgeFinish = (reason: string, calls: Call[], hasFunctionCall: boolean) => {
  if (reason === 'tool_calls' && calls.length === 0)
    return ['finish_reason is tool_calls without a tool call']
  if (reason === 'function_call' && !hasFunctionCall)
    return ['finish_reason is function_call without a function call']
  if (CUT_SHORT.has(reason)) return []
  if (calls.length > 0 && reason !== 'tool_calls')
    return [`finish_reason is ${reason} though tools were called`]
  return calls.flatMap(({ type, payload }, place) =>
    type === 'custom' || isJsonObject(payload)
      ? []
      : [`the arguments of tool call ${place} are not a JSON object`],
  )
}

const judgeCallId = (id: string, earlier: string[]) => {
  if (earlier.includes(id)) return [`the tool call id '${id}' is used twice`]
  if (id.length > LONGEST_CALL_ID) return [`a tool call id is longer than ${LONGEST_CALL_ID}`]
  return []
}

const isErrorFrame = ({ json }: Frame) => isRecord(json) && Boolean(json['error'])

/** One choice of a stream: its role, its tool calls and its single end. */
const createChoice = (index: number) => {
  const calls: Call[] = []
  let isFirst = true
  let isFinished = false
  let hasFunctionCall = false

  const start = (delta: ToolCall) => {
    const body = delta.type === 'custom' ? delta.custom : delta.function
    if (!delta.id || !delta.type || !body?.name)
      return [`tool call ${delta.index} does not begin with id, type and name`]
    if (delta.index !== calls.length)
      return [`tool call index ${delta.index} should be ${calls.length}`]
    const violations = judgeCallId(
      delta.id,
      calls.map(({ id }) => id),
    )
    calls.push(toCall(delta))
    return violations
  }

  const extend = (call: Call, delta: ToolCall) => {
    if (delta.id || delta.type || delta.function?.name || delta.custom?.name)
      return [`tool call ${delta.index} begins twice`]
    if (call.type === 'custom' ? delta.function : delta.custom)
      return [`a delta of tool call ${delta.index} is not of type ${call.type}`]
    call.payload += delta.function?.arguments ?? delta.custom?.input ?? ''
    return []
  }

  const readCall = (delta: ToolCall) => {
    const call = calls[delta.index]
    return call ? extend(call, delta) : start(delta)
  }

  return {
    index,
    isFinished: () => isFinished,
    push({ delta, finish_reason }: Choice) {
      if (isFinished) return [`choice ${index} goes on after its finish_reason`]
      if (isFirst && delta.role === undefined)
        return [`the first delta of choice ${index} has no role`]
      isFirst = false
      hasFunctionCall ||= delta.function_call !== undefined
      const violations = (delta.tool_calls ?? []).flatMap(readCall)
      if (violations.length > 0 || finish_reason === null) return violations
      isFinished = true
      return judgeFinish(finish_reason, calls, hasFunctionCall)
    },
  }
}

const createChatJudge = (expect: ChatExpectation): Judge => {
  const choices = new Map<number, ReturnType<typeof createChoice>>()
  let first: Chunk | undefined
  let lacksUsageKey = false
  let hasUsage = false
  let closedBy: string | undefined

  const isFinished = () =>
    choices.size > 0 && [...choices.values()].every((choice) => choice.isFinished())

  const judgeIdentity = (chunk: Chunk) => {
    first ??= chunk
    const { id, model, created } = first
    if (chunk.id !== id) return [`the id changes from '${id}' to '${chunk.id}'`]
    if (chunk.created !== created) return ['created changes']
    if (chunk.model !== model) return [`the model changes from '${model}' to '${chunk.model}'`]
    if (expect.model !== undefined && model !== expect.model)
      return [`the model is '${model}', not '${expect.model}'`]
    return []
  }

  const judgeUsageChunk = (usage: Usage | null | undefined) => {
    if (!usage) return ['a chunk has neither choices nor usage']
    if (expect.includeUsage === false) return ['usage is sent though it was not asked for']
    if (!isFinished()) return ['the usage chunk stands before the finish_reason']
    if (lacksUsageKey) return ['usage is sent, but earlier chunks lack usage: null']
    hasUsage = true
    return judgeUsage(usage)
  }

  const judgeChunk = (chunk: Chunk) => {
    if (hasUsage) return ['a chunk follows the usage chunk']
    if (chunk.choices.length === 0) return judgeUsageChunk(chunk.usage)
    if (chunk.usage) return ['usage stands in a chunk that has choices']
    lacksUsageKey ||= chunk.usage === undefined
    if (lacksUsageKey && expect.includeUsage)
      return ['a chunk lacks usage: null though usage was asked for']
    return chunk.choices.flatMap((choice) => {
      const known = choices.get(choice.index) ?? createChoice(choice.index)
      choices.set(choice.index, known)
      return known.push(choice)
    })
  }

  const judgeDone = () => {
    closedBy = DONE
    if (choices.size === 0) return ['[DONE] stands before any choice']
    if (!isFinished()) return ['[DONE] stands before a finish_reason']
    return expect.includeUsage && !hasUsage ? ['the usage chunk is missing'] : []
  }

  const judgeError = (json: unknown) => {
    closedBy = 'the error'
    if (isRecord(json) && 'choices' in json) return ['a chunk has a truthy top-level error']
    if (isFinished()) return ['an error follows the finish_reason']
    return errorShape(json, '', false)
  }

  return {
    isError: isErrorFrame,
    push(frame) {
      if (closedBy) return [`an event follows ${closedBy}`]
      if (frame.event !== null) return ['a chat event has an event: line']
      if (frame.data === DONE) return judgeDone()
      if (isErrorFrame(frame)) return judgeError(frame.json)
      const violations = chunkShape(frame.json, '', false)
      if (violations.length > 0) return violations
      const chunk = frame.json as Chunk
      return [...judgeIdentity(chunk), ...judgeChunk(chunk)]
    },
    end: () => (closedBy ? [] : ['the stream ends without [DONE] or an error']),
  }
}

export const checkChatStream = (bytes: Buffer, expect: ChatExpectation = {}): string[] =>
  judgeStream(bytes, createChatJudge(expect), expect)

export const checkChatError = (body: unknown): string[] => errorShape(body, '', false)

const judgeMessage = ({ message, finish_reason }: Choice) => {
  const calls = (message.tool_calls ?? []).map(toCall)
  const bare = (message.tool_calls ?? []).findIndex((call) =>
    call.type === 'custom' ? !call.custom : !call.function,
  )
  if (bare >= 0) return [`tool call ${bare} has no ${calls[bare]?.type}`]
  return [
    ...calls.flatMap(({ id }) => judgeCallId(id, [])),
    ...judgeFinish(finish_reason ?? '', calls, Boolean(message.function_call)),
  ]
}

export const checkChatAnswer = (body: unknown, expect: { model?: string } = {}): string[] => {
  const violations = answerShape(body, '', false)
  if (violations.length > 0) return violations
  const { choices, usage, model } = body as Chunk & { usage: Usage }
  if (choices.length === 0) return ['choices is empty']
  if (isRecord(body) && body['error']) return ['an answer has a truthy top-level error']
  const ids = choices.flatMap(({ message }) => (message.tool_calls ?? []).map(({ id = '' }) => id))
  const repeated = firstRepeated(ids)
  return [
    ...(expect.model === undefined || expect.model === model
      ? []
      : [`the model is '${model}', not '${expect.model}'`]),
    ...(repeated === undefined ? [] : [`the tool call id '${repeated}' is used twice`]),
    ...choices.flatMap(({ index }, place) =>
      index === place ? [] : [`choice index ${index} should be ${place}`],
    ),
    ...choices.flatMap(judgeMessage),
    ...judgeUsage(usage),
  ]
}
