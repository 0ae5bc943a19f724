/** The wire types, as far as they are read here. Input from outside may lack any field. */
import type { JsonObject } from '#model'

export const PROTOCOL = 'anthropic-messages'

export interface WireUsage {
  readonly input_tokens?: number | null
  readonly cache_creation_input_tokens?: number | null
  readonly cache_read_input_tokens?: number | null
  readonly cache_creation?: { readonly ephemeral_1h_input_tokens?: number | null } | null
  readonly output_tokens?: number | null
  readonly output_tokens_details?: { readonly thinking_tokens?: number | null } | null
  readonly service_tier?: string | null
  readonly speed?: string | null
  readonly inference_geo?: unknown
  readonly server_tool_use?: { readonly web_search_requests?: unknown } | null
  /** The steps of an answer that took several. */
  readonly iterations?: unknown
}

export interface WireMessage {
  readonly id?: string
  readonly model?: string
  readonly content?: readonly WireBlock[] | null
  readonly stop_reason?: string | null
  readonly stop_sequence?: string | null
  readonly usage?: WireUsage | null
}

/** Blocks of every type; `type` determines which fields exist. */
export interface WireBlock extends JsonObject {
  readonly type?: string
  readonly text?: string
  readonly citations?: readonly JsonObject[] | null
  readonly thinking?: string
  readonly signature?: string
  readonly data?: string
  readonly id?: string
  readonly name?: string
  readonly input?: unknown
}

export interface WireDelta {
  readonly type?: string
  readonly text?: string
  readonly thinking?: string
  readonly signature?: string
  readonly partial_json?: string
  readonly citation?: JsonObject
  readonly content?: string | null
  readonly stop_reason?: string | null
  readonly stop_sequence?: string | null
}

export interface WireEvent {
  readonly type?: string
  readonly index?: number
  readonly message?: WireMessage
  readonly content_block?: WireBlock
  readonly delta?: WireDelta
  readonly usage?: WireUsage | null
  readonly error?: unknown
}

/** A block of a request. */
export type RequestBlock = JsonObject & { readonly type: string }

export interface RequestMessage {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: readonly RequestBlock[]
}

/** The field of each delta type that continues the block's own text. */
export const DELTA_SLOTS: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  input_json_delta: 'partial_json',
}
