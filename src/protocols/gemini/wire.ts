/** The wire types, as far as they are read here. Input from outside may lack any field. */
import { isJsonObject, type JsonObject } from '#model'
import { optional, required, toArray } from '../requests/fields.ts'

export interface WireUsage {
  readonly promptTokenCount?: number | null
  readonly toolUsePromptTokenCount?: number | null
  readonly cachedContentTokenCount?: number | null
  readonly candidatesTokenCount?: number | null
  readonly thoughtsTokenCount?: number | null
  /** Lists by modality. */
  readonly promptTokensDetails?: unknown
  readonly cacheTokensDetails?: unknown
  readonly candidatesTokensDetails?: unknown
  readonly serviceTier?: unknown
}

/** A piece of a stream, or a complete answer. */
export interface WireAnswer {
  readonly responseId?: unknown
  readonly modelVersion?: unknown
  readonly candidates?: unknown
  readonly promptFeedback?: unknown
  readonly usageMetadata?: unknown
}

export interface WireCandidate {
  readonly index?: unknown
  readonly content?: unknown
  readonly finishReason?: unknown
  readonly finishMessage?: unknown
  readonly groundingMetadata?: unknown
  readonly citationMetadata?: unknown
}

/** One part; the fields that exist determine its kind. */
export interface WirePart extends JsonObject {
  readonly text?: unknown
  readonly thought?: unknown
  readonly thoughtSignature?: unknown
  readonly functionCall?: unknown
  readonly inlineData?: unknown
}

export interface RequestContent {
  readonly role: 'user' | 'model'
  readonly parts: readonly JsonObject[]
}

const SNAKE = /_([a-z])/g

/** A list of one object may omit the brackets: `parts: {text}` is the same as `parts: [{text}]`. */
export const toList = (value: unknown, path: string): readonly unknown[] =>
  isJsonObject(value) ? [value] : toArray(value, path)

export const requiredList = required(toList)
export const optionalList = optional(toList)

export const toCamelKey = (key: string): string =>
  key.replaceAll(SNAKE, (_, letter: string) => letter.toUpperCase())

/** Both spellings of a field are equivalent: `system_instruction` and `systemInstruction`. */
export const withCamelKeys = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [toCamelKey(key), value]))
