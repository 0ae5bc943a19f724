/** A request to a model, independent of any protocol. */
import type { Part } from './part.ts'
import type { Extensions } from './names/protocol-name.ts'

export interface ModelRequest {
  /** The model name that the client asked for. */
  readonly model: string
  readonly stream: boolean
  readonly turns: readonly Turn[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  /** False if the model may call at most one tool in a turn. */
  readonly parallelToolCalls?: boolean
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  /** The same seed should produce the same answer. */
  readonly seed?: number
  /** Penalises tokens that have appeared at all. */
  readonly presencePenalty?: number
  /** Penalises tokens in proportion to how often they have appeared. */
  readonly frequencyPenalty?: number
  readonly stopSequences?: readonly string[]
  readonly reasoning?: ReasoningRequest
  readonly answerFormat?: AnswerFormat
  /** The client's identifier of its own user. */
  readonly userId?: string
  /** Whether a streamed answer ends with its usage, if the protocol lets the client choose. */
  readonly usageInStream?: boolean
  readonly extensions?: Extensions
  /** Nested fields that the vocabulary cannot represent, in the client's spelling. No target receives them. */
  readonly ignoredFields?: readonly string[]
}

/**
 * System turns may be anywhere; those at the start are the system prompt.
 * A tool turn holds only tool results, and follows the assistant turn that made the calls.
 */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly parts: readonly Part[]
}

export type Tool = FunctionTool | FreeformTool | NativeTool

export interface FunctionTool {
  readonly kind: 'function'
  readonly name: string
  /** The group of the client's tools that it belongs to. The name is complete without it: `group__tool`. */
  readonly namespace?: string
  readonly description?: string
  /** The JSON Schema of the arguments. Absent if the tool takes none. */
  readonly schema?: unknown
  readonly strict?: boolean
  /** The model does not see it until a tool reference loads it. */
  readonly deferred?: boolean
  readonly cacheControl?: unknown
}

/** A tool whose input is plain text, optionally constrained by a grammar. */
export interface FreeformTool {
  readonly kind: 'freeform'
  readonly name: string
  /** The group of the client's tools that it belongs to. The name is complete without it: `group__tool`. */
  readonly namespace?: string
  readonly description?: string
  readonly format?: unknown
}

/** A tool that the vendor runs, or that only one protocol has. */
export interface NativeTool {
  readonly kind: 'native'
  readonly protocol: keyof Extensions
  readonly name: string
  readonly value: unknown
}

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required' }
  | { readonly mode: 'named'; readonly name: string }
  | { readonly mode: 'allowed'; readonly names: readonly string[]; readonly required: boolean }

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof EFFORTS)[number]

export interface ReasoningRequest {
  readonly effort?: Effort
  /** The number of tokens that the model may spend on thinking. */
  readonly budgetTokens?: number
  /** The model decides whether and how long to think. */
  readonly adaptive?: boolean
  /** `omitted`: the client wants the signatures of the thoughts, but not their text. */
  readonly display?: 'summarized' | 'omitted'
}

export type AnswerFormat =
  | { readonly kind: 'json' }
  | {
      readonly kind: 'json-schema'
      readonly schema: unknown
      readonly name?: string
      readonly description?: string
      readonly strict?: boolean
    }
