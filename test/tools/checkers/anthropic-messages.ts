/** Judges Anthropic Messages streams, answers and errors by the published types and their traps. */

import { answerShape, errorShape, eventShape } from './anthropic-messages-shapes.ts'
import { firstRepeated, isJsonObject, isRecord } from './shape.ts'
import { judgeName, judgeStream } from './sse-frames.ts'
import type { Frame, Judge, StreamExpectation } from './sse-frames.ts'

export interface MessagesExpectation extends StreamExpectation {
  model?: string
  /** Also ask for the fields that only the newest version of the protocol always sends. */
  complete?: boolean
}

interface Usage {
  input_tokens?: number | null
  output_tokens: number
  cache_creation_input_tokens?: number | null
  cache_read_input_tokens?: number | null
  cache_creation?: {
    ephemeral_5m_input_tokens: number
    ephemeral_1h_input_tokens: number
  } | null
  output_tokens_details?: { thinking_tokens: number } | null
}

interface Block {
  type: string
  id?: string
  text?: string
  thinking?: string
  signature?: string
}

interface Stop {
  stop_reason: string
  stop_sequence: string | null
}

interface Message extends Stop {
  model: string
  content: Block[]
  usage: Usage
}

interface MessagesEvent {
  type: string
  index: number
  message: Message
  content_block: Block
  delta: Block & Stop & { partial_json?: string }
  usage: Usage
}

/** A block as far as it has come; `joined` is its text, thinking or JSON. */
interface OpenBlock {
  type: string
  joined: string
  isSigned: boolean
}

const DELTA_OWNERS: Record<string, string[]> = {
  text_delta: ['text'],
  citations_delta: ['text'],
  thinking_delta: ['thinking'],
  signature_delta: ['thinking'],
  input_json_delta: ['tool_use', 'server_tool_use', 'mcp_tool_use'],
  compaction_delta: ['compaction'],
}

const TOOL_ID = /^[a-zA-Z0-9_-]+$/

/** Reasons that may break a block off in its middle. */
const CUT_SHORT = new Set(['max_tokens', 'model_context_window_exceeded', 'refusal'])
/** Reasons that are allowed although a tool was called. */
const MAY_HOLD_TOOLS = new Set([...CUT_SHORT, 'tool_use', 'pause_turn'])

const countInput = (usage: Usage) =>
  (usage.input_tokens ?? 0) +
  (usage.cache_creation_input_tokens ?? 0) +
  (usage.cache_read_input_tokens ?? 0)

const judgeInputUsage = (usage: Usage) => {
  const written = usage.cache_creation_input_tokens ?? 0
  const split = usage.cache_creation
  const violations: string[] = []
  if (countInput(usage) === 0) violations.push('the usage counts no input tokens')
  if (split && split.ephemeral_5m_input_tokens + split.ephemeral_1h_input_tokens !== written)
    violations.push('cache_creation does not add up to cache_creation_input_tokens')
  return violations
}

const judgeOutputUsage = (usage: Usage) =>
  (usage.output_tokens_details?.thinking_tokens ?? 0) > usage.output_tokens
    ? ['output_tokens does not include the thinking tokens']
    : []

const judgeToolId = (id: string, earlier: string[]) => {
  if (!TOOL_ID.test(id)) return [`the tool id '${id}' has characters that are refused on replay`]
  return earlier.includes(id) ? [`the tool id '${id}' is used twice`] : []
}

const judgeStop = ({ stop_reason, stop_sequence }: Stop, hasTool: boolean) => {
  if (stop_reason === 'tool_use' && !hasTool) return ['stop_reason is tool_use without a tool_use']
  if (hasTool && !MAY_HOLD_TOOLS.has(stop_reason))
    return [`stop_reason is ${stop_reason} though a tool is used`]
  if (stop_reason === 'stop_sequence' && stop_sequence === null)
    return ['stop_reason is stop_sequence without the sequence']
  if (stop_reason !== 'stop_sequence' && stop_sequence !== null)
    return [`stop_sequence is set though stop_reason is ${stop_reason}`]
  return []
}

const isErrorFrame = ({ json }: Frame) => isRecord(json) && json['type'] === 'error'

const createMessagesJudge = (expect: MessagesExpectation): Judge => {
  const toolIds: string[] = []
  let started: Usage | undefined
  let hasTool = false
  let blocks = 0
  let open: OpenBlock | undefined
  /** What is wrong with the last block unless the answer was cut short in it. */
  let unfinished: string | undefined
  let hasDelta = false
  let closedBy: string | undefined

  const joinDelta = (block: OpenBlock, delta: MessagesEvent['delta']) => {
    if (!DELTA_OWNERS[delta.type]?.includes(block.type))
      return [`a ${delta.type} stands in a block of type ${block.type}`]
    if (block.isSigned) return [`a ${delta.type} follows the signature`]
    block.isSigned = delta.type === 'signature_delta'
    block.joined += delta.text ?? delta.thinking ?? delta.partial_json ?? ''
    return []
  }

  const judgeIndex = ({ type, index }: MessagesEvent) => {
    if (!open) return [`a ${type} stands outside a block`]
    return index === blocks - 1 ? [] : [`a ${type} has index ${index}, not ${blocks - 1}`]
  }

  const findUnfinished = ({ type, joined, isSigned }: OpenBlock) => {
    const isJson = DELTA_OWNERS['input_json_delta']?.includes(type)
    if (isJson && joined !== '' && !isJsonObject(joined))
      return `the input of block ${blocks - 1} is not a JSON object`
    if (type === 'thinking' && !isSigned) return `the thinking of block ${blocks - 1} is not signed`
    return undefined
  }

  const events: Record<string, (event: MessagesEvent) => string[]> = {
    ping: () => [],
    message_start({ message }) {
      if (started) return ['message_start comes twice']
      started = message.usage
      if (expect.model !== undefined && message.model !== expect.model)
        return [`the model is '${message.model}', not '${expect.model}'`]
      return [...judgeInputUsage(message.usage), ...judgeOutputUsage(message.usage)]
    },
    content_block_start({ index, content_block: { type, id } }) {
      if (hasDelta) return ['a block starts after message_delta']
      if (open) return [`block ${index} starts before block ${blocks - 1} has stopped`]
      if (unfinished !== undefined) return [unfinished]
      if (index !== blocks) return [`block index ${index} should be ${blocks}`]
      blocks += 1
      open = { type, joined: '', isSigned: false }
      hasTool ||= type === 'tool_use'
      if (id === undefined) return []
      const violations = judgeToolId(id, toolIds)
      toolIds.push(id)
      return violations
    },
    content_block_delta(event) {
      const violations = judgeIndex(event)
      return violations.length === 0 && open ? joinDelta(open, event.delta) : violations
    },
    content_block_stop(event) {
      const violations = judgeIndex(event)
      if (violations.length > 0 || !open) return violations
      unfinished = findUnfinished(open)
      const isEmpty = open.type === 'text' && open.joined === ''
      open = undefined
      return isEmpty ? [`the text of block ${event.index} is empty`] : []
    },
    message_delta({ delta, usage }) {
      if (hasDelta) return ['message_delta comes twice']
      if (open) return [`message_delta stands before block ${blocks - 1} has stopped`]
      hasDelta = true
      if (unfinished !== undefined && !CUT_SHORT.has(delta.stop_reason)) return [unfinished]
      const told = Object.entries(usage).filter(([, value]) => value !== null)
      const total = { ...started, ...(Object.fromEntries(told) as unknown as Usage) }
      return [
        ...judgeStop(delta, hasTool),
        ...judgeOutputUsage(usage),
        ...(countInput(total) > 0 ? [] : ['the usage overwrites the input tokens with none']),
      ]
    },
    message_stop() {
      closedBy = 'message_stop'
      return hasDelta ? [] : ['message_stop stands before message_delta']
    },
    error() {
      closedBy = 'the error'
      return []
    },
  }

  return {
    isError: isErrorFrame,
    push(frame) {
      if (closedBy) return [`an event follows ${closedBy}`]
      const violations = eventShape(frame.json, '', expect.complete ?? false)
      if (violations.length > 0) return violations
      const event = frame.json as MessagesEvent
      const misnamed = judgeName(frame, event.type)
      if (misnamed.length > 0) return misnamed
      if (!started && event.type !== 'message_start' && event.type !== 'error')
        return [`a ${event.type} stands before message_start`]
      return events[event.type]?.(event) ?? []
    },
    end: () => (closedBy ? [] : ['the stream ends without message_stop or an error']),
  }
}

export const checkMessagesStream = (bytes: Buffer, expect: MessagesExpectation = {}): string[] =>
  judgeStream(bytes, createMessagesJudge(expect), expect)

export const checkMessagesError = (body: unknown): string[] => errorShape(body, '', false)

const judgeBlock = ({ type, id, text, signature }: Block, place: number) => {
  if (type === 'text' && text === '') return [`the text of block ${place} is empty`]
  if (type === 'thinking' && signature === '')
    return [`the thinking of block ${place} is not signed`]
  return id === undefined ? [] : judgeToolId(id, [])
}

export const checkMessagesAnswer = (
  body: unknown,
  expect: { model?: string; complete?: boolean } = {},
): string[] => {
  const violations = answerShape(body, '', expect.complete ?? false)
  if (violations.length > 0) return violations
  const message = body as Message
  const { content, usage, model } = message
  const ids = content.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const repeated = firstRepeated(ids)
  return [
    ...(expect.model === undefined || expect.model === model
      ? []
      : [`the model is '${model}', not '${expect.model}'`]),
    ...(repeated === undefined ? [] : [`the tool id '${repeated}' is used twice`]),
    ...content.flatMap(judgeBlock),
    ...judgeStop(
      message,
      content.some(({ type }) => type === 'tool_use'),
    ),
    ...judgeInputUsage(usage),
    ...judgeOutputUsage(usage),
  ]
}
