/** Where models live. */
import type { Socket } from 'node:net'
import type {
  EmbeddingAnswer,
  EmbeddingRequest,
  JsonObject,
  ModelEvent,
  ModelRequest,
} from '#model'
import type { EmbeddingProtocol, Protocol, TargetTraits } from '#protocols'
import type { Exchange, TransportHandler } from '#transport'

export type Provider = HttpProvider | LocalProvider

interface ProviderBase {
  /** The name in front of the slash: `openai/gpt-5.1`. */
  readonly name: string
  /** True where this vendor makes a model of this name: `gpt-*` for OpenAI. */
  owns(model: string): boolean
  traits(model: string): TargetTraits
  /** Its own list, as it answered last; undefined while nobody has asked. */
  knownModels(): readonly ModelInfo[] | undefined
  readonly deadlines: Deadlines
  /** Asks for its list. Rejects where it does not answer. */
  fetchModels(signal: AbortSignal): Promise<readonly ModelInfo[]>
}

/** A model behind an HTTP API. */
export interface HttpProvider extends ProviderBase {
  readonly kind: 'http'
  /** The languages it speaks, best first. */
  readonly protocols: readonly Protocol[]
  /** The language in which it is asked for vectors; absent where it has none. */
  readonly embeddings?: EmbeddingProtocol
  /** Its WebSocket for realtime conversations; absent where it has none. */
  readonly realtime?: RealtimeAddress
  readonly origin: string
  /** Its list says how much each model can write. */
  readonly listsLimits: boolean
  send(call: ProviderCall, handler: TransportHandler): Exchange
  /** Streams end with usage only where the client asks; true has it asked for and taken out again. */
  readonly injectUsage: boolean
}

export interface RealtimeAddress {
  /** Without a query. */
  readonly url: string
  /** Credentials, names and values in turn. */
  readonly headers: readonly string[]
  /** A socket to it, by the way that calls go, too. Rejects with a `TransportError`. */
  connect(signal: AbortSignal): Promise<Socket>
}

/** A model in this process, which speaks the vocabulary itself. */
export interface LocalProvider extends ProviderBase {
  readonly kind: 'local'
  /** Stands in for a model: it is never chosen where there is a real one, and its answers say what they are. */
  readonly isDemo?: boolean
  /** @param drop told of each field that the model cannot take, before the first event. */
  answer(
    request: ModelRequest,
    signal: AbortSignal,
    drop?: (name: string) => void,
  ): AsyncIterable<ModelEvent>
  /** Absent: it counts as others do. */
  countTokens?(request: ModelRequest): number
  embed?(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingAnswer>
}

export interface ProviderCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below the base URL, with the query: `/messages?beta=true`. */
  readonly path: string
  /** Names and values in turn, besides the provider's own. */
  readonly headers: readonly string[]
  readonly body?: readonly Uint8Array[]
}

export interface Deadlines {
  readonly connectMs: number
  /** To the first event of a stream. */
  readonly firstEventMs: number
  /** To the whole of an answer that is not streamed. */
  readonly firstByteMs: number
  /** Between two pieces of a stream. */
  readonly idleMs: number
  /** For everything, retries included; absent: no bound. */
  readonly wholeMs?: number
}

export interface ModelInfo {
  readonly id: string
  readonly displayName?: string
  readonly ownedBy?: string
  readonly createdAtMs?: number
  readonly maxInputTokens?: number
  readonly maxOutputTokens?: number
  /** The entry as the vendor wrote it. */
  readonly native?: JsonObject
}

export const DEFAULT_DEADLINES: Deadlines = {
  connectMs: 10_000,
  firstEventMs: 10 * 60_000,
  firstByteMs: 60 * 60_000,
  idleMs: 5 * 60_000,
}
