/** Blocks of an answer as they stand in a whole message. Streams open them empty. */
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

/** Said in the vocabulary by parts of their own. */
const SPOKEN = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use'])

/** A block that only this protocol knows, or undefined where it is none. */
export const toNativeBlock = (protocol: string, value: unknown): NativeBlock | undefined =>
  protocol === 'anthropic-messages' &&
  isJsonObject(value) &&
  typeof value.type === 'string' &&
  !SPOKEN.has(value.type)
    ? { ...value, type: value.type }
    : undefined

export type NativeBlock = JsonObject & { readonly type: string }

/** The object that a call's arguments are; undefined where they are none. Nothing means no arguments. */
export const parseArguments = (json: string): JsonObject | undefined =>
  json === '' ? {} : parseObject(json)
