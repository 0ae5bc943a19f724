/** The wire types, as far as they are read here. Input from outside may lack any field. */
import type { JsonObject } from '#model'

export const PROTOCOL = 'openai-chat'

export interface WireUsage {
  readonly prompt_tokens?: number | null
  readonly completion_tokens?: number | null
  readonly total_tokens?: number | null
  readonly prompt_cache_hit_tokens?: number | null
  readonly cached_tokens?: number | null
  readonly cache_read_input_tokens?: number | null
  readonly cache_creation_input_tokens?: number | null
  /** Mistral's field: sound that no other count includes. */
  readonly prompt_audio_seconds?: unknown
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number | null
    readonly cache_write_tokens?: number | null
    readonly cache_creation_input_tokens?: number | null
    readonly audio_tokens?: number | null
    readonly image_tokens?: number | null
  } | null
  readonly completion_tokens_details?: {
    readonly reasoning_tokens?: number | null
    readonly audio_tokens?: number | null
    readonly image_tokens?: number | null
  } | null
}

/** A chunk of a stream, or a complete answer, whose choices have `message` in place of `delta`. */
export interface WireAnswer {
  readonly id?: unknown
  readonly model?: unknown
  readonly choices?: unknown
  readonly usage?: unknown
  readonly service_tier?: unknown
  readonly error?: unknown
  /** Groq's field for the usage of a stream: https://console.groq.com/docs/api-reference */
  readonly x_groq?: unknown
}

export interface WireChoice {
  readonly index?: unknown
  readonly delta?: unknown
  readonly message?: unknown
  readonly finish_reason?: unknown
  /**
   * vLLM's field for the stop sequence that matched:
   * https://docs.vllm.ai/en/latest/api/vllm/entrypoints/openai/protocol
   */
  readonly stop_reason?: unknown
  /** SGLang's field for the same: https://docs.sglang.ai/basic_usage/openai_api_completions.html */
  readonly matched_stop?: unknown
  /** Moonshot's field for the usage of a stream: https://platform.moonshot.ai/docs/api/chat */
  readonly usage?: unknown
}

/** The content of a choice: a piece of it in a stream, all of it in a complete answer. */
export interface WireDelta {
  readonly content?: unknown
  readonly refusal?: unknown
  readonly reasoning_content?: unknown
  readonly reasoning?: unknown
  readonly reasoning_details?: unknown
  readonly annotations?: unknown
  readonly tool_calls?: unknown
  readonly function_call?: unknown
}

export interface WireToolCall {
  readonly index?: unknown
  readonly id?: unknown
  readonly type?: unknown
  readonly function?: unknown
  readonly custom?: unknown
}

/** The payload of a call: `arguments` of a function, `input` of a custom tool. */
export interface WireInvocation {
  readonly name?: unknown
  readonly arguments?: unknown
  readonly input?: unknown
}

/**
 * OpenRouter's form of thoughts that must come back unchanged: https://openrouter.ai/docs/use-cases/reasoning-tokens
 */
export interface ReasoningDetail {
  readonly type: 'reasoning.text' | 'reasoning.encrypted'
  readonly text?: string
  readonly signature?: string
  readonly data?: string
  readonly format: typeof SIGNED_FORMAT
  readonly index: number
}

/** Names the vendor that signed. */
export const SIGNED_FORMAT = 'anthropic-claude-v1'

/** A message of a request. */
export type RequestMessage = JsonObject & { readonly role: string }
