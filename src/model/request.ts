/** A request to a model, in no protocol's words. */
import type { Part } from './part.ts'
import type { Extensions } from './names/protocol-name.ts'

export interface ModelRequest {
  /** The name that the client asked for. */
  readonly model: string
  readonly stream: boolean
  readonly turns: readonly Turn[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  /** False where at most one tool may be called in a turn. */
  readonly parallelToolCalls?: boolean
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  /** The same seed is to draw the same answer again. */
  readonly seed?: number
  /** Of tokens that have been said already. */
  readonly presencePenalty?: number
  /** The same, the more often they have been said. */
  readonly frequencyPenalty?: number
  readonly stopSequences?: readonly string[]
  readonly reasoning?: ReasoningRequest
  readonly answerFormat?: AnswerFormat
  /** The client's name for its own user. */
  readonly userId?: string
  /** Whether a streamed answer is to end with its usage, where the protocol lets the client choose. */
  readonly usageInStream?: boolean
  readonly extensions?: Extensions
  /** Fields inside of others that no word here stands for, as the client spelt them. No target is given them. */
  readonly unspoken?: readonly string[]
}

/**
 * System turns may stand anywhere; those at the head are the system prompt.
 * A tool turn holds tool results only, and follows the assistant turn that made the calls.
 */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly parts: readonly Part[]
}

export type Tool = FunctionTool | FreeformTool | NativeTool

export interface FunctionTool {
  readonly kind: 'function'
  readonly name: string
  /** Where the client groups its tools. The name is whole without it: `group__tool`. */
  readonly namespace?: string
  readonly description?: string
  /** JSON Schema of the arguments; absent where the tool takes none. */
  readonly schema?: unknown
  readonly strict?: boolean
  /** Not shown to the model until a tool reference loads it. */
  readonly deferred?: boolean
  readonly cacheControl?: unknown
}

/** A tool whose input is plain text, optionally bound by a grammar. */
export interface FreeformTool {
  readonly kind: 'freeform'
  readonly name: string
  /** Where the client groups its tools. The name is whole without it: `group__tool`. */
  readonly namespace?: string
  readonly description?: string
  readonly format?: unknown
}

/** A tool that the vendor itself runs, or that only one protocol can name. */
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
  /** How many tokens the model may think. */
  readonly budgetTokens?: number
  /** The model decides by itself whether and how long to think. */
  readonly adaptive?: boolean
  /** `omitted`: the client wants the proof of thinking, not the thoughts. */
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
