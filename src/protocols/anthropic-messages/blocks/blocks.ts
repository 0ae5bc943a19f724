/** Blocks as they appear in a complete message. Streams open them empty. */
import { isJsonObject, type JsonObject, parseObject } from '#model'

export const textBlock = (text: string, citations: readonly JsonObject[] = []) => ({
  type: 'text',
  text,
  citations: citations.length > 0 ? citations : null,
})

export const thinkingBlock = (thinking: string, signature: string) => ({
  type: 'thinking',
  thinking,
  signature,
})

export const redactedBlock = (data: string) => ({ type: 'redacted_thinking', data })

export const toolUseBlock = (id: string, name: string, input: JsonObject) => ({
  type: 'tool_use',
  id,
  name,
  input,
  caller: { type: 'direct' },
})

/** Block types that have parts of their own in the canonical model. */
const CANONICAL_TYPES = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use'])

/** Returns the block if only this protocol knows it, otherwise undefined. */
export const toNativeBlock = (protocol: string, value: unknown): NativeBlock | undefined =>
  protocol === 'anthropic-messages' &&
  isJsonObject(value) &&
  typeof value.type === 'string' &&
  !CANONICAL_TYPES.has(value.type)
    ? { ...value, type: value.type }
    : undefined

export type NativeBlock = JsonObject & { readonly type: string }

/** Parses a call's arguments; undefined if they are not an object. An empty string means no arguments. */
export const parseArguments = (json: string): JsonObject | undefined =>
  json === '' ? {} : parseObject(json)
