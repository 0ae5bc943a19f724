/** Reads the messages of a request as turns. */
import type { JsonObject, Part, ToolCallPart, ToolResultPart, Turn } from '#model'
import {
  at,
  lookUp,
  optionalArray,
  optionalString,
  requiredObject,
  requiredString,
  toArray,
  toObject,
  toString,
  withoutUndefined,
} from '../requests/fields.ts'
import { invalidRequest, isJsonObject } from '#model'
import { refuseMisplaced } from '../requests/content/misplaced-parts.ts'
import { decodeContent } from './decode-content.ts'
import { toReasoningParts } from './reasoning-details.ts'

export const decodeTurns = (messages: readonly unknown[]): Turn[] => {
  const turns: Turn[] = []
  // A call of the oldest form has no id. Its result, a message of role `function`, follows it.
  let unnamed: { readonly id: string; readonly name: string } | undefined

  let results: { readonly turn: Turn; readonly parts: ToolResultPart[] } | undefined

  const addResult = (result: ToolResultPart): void => {
    if (results && turns.at(-1) === results.turn) return void results.parts.push(result)
    const parts = [result]
    results = { turn: { role: 'tool', parts }, parts }
    turns.push(results.turn)
  }

  const readAssistant: ReadMessage = (message, path, index) => {
    const called = message.function_call
    const old = isJsonObject(called) ? toOldCall(called, path, index) : undefined
    if (old) unnamed = old
    const parts = [...toAssistantParts(message, path), ...(old ? [old] : [])]
    turns.push({ role: 'assistant', parts })
  }

  const readTool: ReadMessage = (message, path) =>
    addResult(
      withoutUndefined({
        kind: 'tool-result',
        callId: requiredString(message, 'tool_call_id', path),
        parts: readResult(message, path),
        cacheControl: message.cache_control ?? undefined,
      } as ToolResultPart),
    )

  const readFunction: ReadMessage = (message, path) => {
    const name = requiredString(message, 'name', path)
    addResult({
      kind: 'tool-result',
      callId: unnamed?.name === name ? unnamed.id : name,
      parts: readResult(message, path),
    })
  }

  const readSystem: ReadMessage = (message, path) => {
    const parts = decodeContent(requiredContent(message, path), at(path, 'content'))
    refuseMisplaced('system', parts, at(path, 'content'))
    turns.push({ role: 'system', parts: withMark(parts, message.cache_control) })
  }

  /** Anthropic puts results into a user's message; here they are separate turns. */
  const readUser: ReadMessage = (message, path) => {
    const parts = decodeContent(requiredContent(message, path), at(path, 'content'))
    const others = parts.filter((part) => !isResult(part))
    refuseMisplaced('user', others, at(path, 'content'))
    for (const result of parts.filter(isResult)) {
      refuseMisplaced('tool', result.parts, at(path, 'content'))
      addResult(result)
    }
    if (others.length > 0 || parts.length === 0)
      turns.push({ role: 'user', parts: withMark(others, message.cache_control) })
  }

  const READERS: Readonly<Record<string, ReadMessage>> = {
    system: readSystem,
    developer: readSystem,
    user: readUser,
    assistant: readAssistant,
    tool: readTool,
    function: readFunction,
  }

  for (const [index, value] of messages.entries()) {
    const path = at('messages', index)
    const message = toObject(value, path)
    const where = at(path, 'role')
    const read = lookUp(READERS, requiredString(message, 'role', path))
    if (!read)
      throw invalidRequest(`'${where}' must be one of ${Object.keys(READERS).join(', ')}.`, where)
    read(message, path, index)
  }
  return turns
}

const isResult = (part: Part): part is ToolResultPart => part.kind === 'tool-result'

const readResult = (message: JsonObject, path: string): readonly Part[] => {
  const where = at(path, 'content')
  const parts = decodeContent(message.content, where)
  refuseMisplaced('tool', parts, where)
  return parts
}

type ReadMessage = (message: JsonObject, path: string, index: number) => void

const requiredContent = ({ content }: JsonObject, path: string): unknown => {
  const where = at(path, 'content')
  if (content === undefined) throw invalidRequest(`'${where}' is required.`, where)
  return content
}

/** A cache mark on the message applies to its last part. */
const withMark = (parts: readonly Part[], mark: unknown): readonly Part[] => {
  const last = parts.at(-1)
  if (!last || mark === undefined || mark === null) return parts
  return [...parts.slice(0, -1), { ...last, cacheControl: mark } as Part]
}

const toAssistantParts = (message: JsonObject, path: string): Part[] => {
  const refusal = optionalString(message, 'refusal', path)
  const calls = optionalArray(message, 'tool_calls', path) ?? []
  const content = decodeContent(message.content, at(path, 'content'))
  refuseMisplaced('assistant', content, at(path, 'content'))
  return [
    ...toThoughts(message),
    ...withMark(content, message.cache_control),
    ...(refusal ? [{ kind: 'refusal', text: refusal } as const] : []),
    ...toArray(calls, at(path, 'tool_calls')).map((call, index) =>
      toCall(call, at(at(path, 'tool_calls'), index)),
    ),
  ]
}

/** The details hold what must come back unchanged; the plain text is only for reading. */
const toThoughts = ({ reasoning_details, reasoning_content, reasoning }: JsonObject): Part[] => {
  const parts = Array.isArray(reasoning_details) ? toReasoningParts(reasoning_details) : []
  if (parts.length > 0) return parts
  const text = [reasoning_content, reasoning].find((given) => typeof given === 'string' && given)
  return typeof text === 'string' ? [{ kind: 'reasoning', text }] : []
}

const toCall = (value: unknown, path: string): ToolCallPart => {
  const call = toObject(value, path)
  const id = requiredString(call, 'id', path)
  const mark = call.cache_control ?? undefined
  if (call.type === 'custom') {
    const custom = requiredObject(call, 'custom', path)
    const where = at(path, 'custom')
    return withoutUndefined({
      kind: 'tool-call',
      id,
      name: requiredString(custom, 'name', where),
      arguments: requiredString(custom, 'input', where),
      freeform: true,
      cacheControl: mark,
    } as ToolCallPart)
  }
  const called = requiredObject(call, 'function', path)
  const where = at(path, 'function')
  return withoutUndefined({
    kind: 'tool-call',
    id,
    name: requiredString(called, 'name', where),
    arguments: toArguments(called, where),
    cacheControl: mark,
  } as ToolCallPart)
}

const toArguments = (called: JsonObject, path: string): string => {
  if (isJsonObject(called.arguments)) return JSON.stringify(called.arguments)
  return toString(called.arguments ?? '', at(path, 'arguments'))
}

const toOldCall = (called: JsonObject, path: string, index: number): ToolCallPart => {
  const where = at(path, 'function_call')
  return {
    kind: 'tool-call',
    id: `call_message_${index}`,
    name: requiredString(called, 'name', where),
    arguments: toArguments(called, where),
  }
}
