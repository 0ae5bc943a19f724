/** The interface of a provider. */
import type { Socket } from 'node:net'
import type {
  Abilities,
  EmbeddingAnswer,
  EmbeddingRequest,
  JsonObject,
  ModelEvent,
  ModelRequest,
} from '#model'
import type { EmbeddingProtocol, Protocol, TargetTraits } from '#protocols'
import type { Exchange, TransportHandler } from '#transport'
import type { Deadlines } from './deadlines.ts'
import type { KeyPool, PooledKey } from './http/key-pool.ts'

export type Provider = HttpProvider | LocalProvider

interface ProviderBase {
  /** The name before the slash: `openai/gpt-5.1`. */
  readonly name: string
  /** Reports whether this vendor makes the model: `gpt-*` for OpenAI. */
  owns(model: string): boolean
  traits(model: string): TargetTraits
  /** Its model list as last fetched; undefined if it was never fetched. */
  knownModels(): readonly ModelInfo[] | undefined
  readonly deadlines: Deadlines
  /** Fetches its model list. Rejects if the provider does not answer. */
  fetchModels(signal: AbortSignal): Promise<readonly ModelInfo[]>
}

/** A model behind an HTTP API. */
export interface HttpProvider extends ProviderBase {
  readonly kind: 'http'
  /** The protocols it speaks, best first. */
  readonly protocols: readonly Protocol[]
  /** The protocol for embeddings; absent if it has none. */
  readonly embeddings?: EmbeddingProtocol
  /** Its WebSocket for realtime conversations; absent if it has none. */
  readonly realtime?: RealtimeAddress
  readonly origin: string
  /** Present if it has several keys. An attempt takes one of them, and says if it failed. */
  readonly keys?: KeyPool
  /** Present if it is asked from time to time whether it answers. */
  readonly check?: HealthCheck
  /** Its list contains the output limit of each model. */
  readonly listsLimits: boolean
  /** Its list says what each model can do. */
  readonly listsAbilities: boolean
  send(call: ProviderCall, handler: TransportHandler): Exchange
  /** Whether streams report usage only on request; if true, it is requested and removed from the stream again. */
  readonly injectUsage: boolean
}

/** A question that costs no tokens. */
export interface HealthCheck {
  /** About how often it is asked. */
  readonly everyMs: number
  /** Resolves if the provider answers well. Rejects with a GatewayError. */
  ask(signal: AbortSignal): Promise<void>
}

export interface RealtimeAddress {
  /** Without the query string. */
  readonly url: string
  /** Credentials, as alternating names and values. */
  readonly headers: readonly string[]
  /** Opens a socket to it, by the same route as calls. Rejects with a `TransportError`. */
  connect(signal: AbortSignal): Promise<Socket>
}

/** A model in this process, which uses the vocabulary directly. */
export interface LocalProvider extends ProviderBase {
  readonly kind: 'local'
  /** A substitute for a model: it is never chosen if there is a real one, and its answers identify it. */
  readonly isDemo?: boolean
  /** @param drop called with each field that the model cannot use, before the first event. */
  answer(
    request: ModelRequest,
    signal: AbortSignal,
    drop?: (name: string) => void,
  ): AsyncIterable<ModelEvent>
  /** Absent: tokens are counted as for any other model. */
  countTokens?(request: ModelRequest): number
  embed?(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingAnswer>
}

export interface ProviderCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** The path below the base URL, with the query: `/messages?beta=true`. */
  readonly path: string
  /** Alternating names and values, in addition to the provider's own. */
  readonly headers: readonly string[]
  readonly body?: readonly Uint8Array[]
  /** One of several keys of the provider. Absent: the next one. */
  readonly key?: PooledKey | undefined
}

export interface ModelInfo {
  readonly id: string
  readonly displayName?: string
  readonly ownedBy?: string
  readonly createdAtMs?: number
  readonly maxInputTokens?: number
  readonly maxOutputTokens?: number
  /** What the list says that it can do, and what it says that it cannot. */
  readonly abilities?: Abilities
  /** The vendor's original entry. */
  readonly native?: JsonObject
}
