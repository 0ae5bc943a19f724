/** The part of a LangChain chat model that is used here. Typed by its shape, because its package may be absent. */
import type { JsonObject } from '#model'

export interface ChatModel extends Runnable {
  /** Absent if the model cannot call tools. */
  readonly bindTools?: (tools: readonly JsonObject[], options: JsonObject) => Runnable
  /** The name of its class: `ChatOpenAI`. */
  getName?(): string
}

export interface Runnable {
  invoke(messages: readonly MessageLike[], options: CallOptions): Promise<AnswerMessage>
  stream(
    messages: readonly MessageLike[],
    options: CallOptions,
  ): Promise<AsyncIterable<AnswerMessage>>
}

export interface CallOptions {
  readonly signal: AbortSignal
  readonly stop?: readonly string[]
  /** For models that speak OpenAI's protocol. */
  readonly response_format?: JsonObject
}

/** The plain object that every LangChain model accepts as a message. */
export type MessageLike =
  | { readonly role: 'system' | 'human'; readonly content: Content }
  | { readonly role: 'ai'; readonly content: Content; readonly tool_calls?: readonly WholeCall[] }
  | {
      readonly role: 'tool'
      readonly content: string
      readonly tool_call_id: string
      readonly status: 'success' | 'error'
    }

export type Content = string | readonly JsonObject[]

/** An answer or a chunk of one. */
export interface AnswerMessage {
  readonly id?: string | undefined
  readonly content: unknown
  readonly additional_kwargs?: JsonObject
  readonly response_metadata?: JsonObject
  readonly usage_metadata?: UsageMetadata | undefined
  readonly tool_calls?: readonly WholeCall[] | undefined
  readonly invalid_tool_calls?: readonly CallChunk[] | undefined
  readonly tool_call_chunks?: readonly CallChunk[] | undefined
}

export interface WholeCall {
  readonly type?: 'tool_call'
  readonly id?: string | undefined
  readonly name: string
  readonly args: JsonObject
}

export interface CallChunk {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly args?: string | undefined
  readonly index?: number | string | undefined
}

/** Specified: `UsageMetadata` of @langchain/core. The input includes cached tokens; chunks must be added up. */
export interface UsageMetadata {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly input_token_details?: {
    readonly cache_read?: number | undefined
    readonly cache_creation?: number | undefined
    readonly audio?: number | undefined
    readonly image?: number | undefined
  }
  readonly output_token_details?: {
    readonly reasoning?: number | undefined
    readonly audio?: number | undefined
    readonly image?: number | undefined
  }
}
