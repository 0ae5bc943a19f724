/** The description of a vendor: data, with the source of each difference. */
import type { JsonObject, ProtocolName } from '#model'
import type { EmbeddingProtocol, ErrorShape, TargetTraits } from '#protocols'
import type { Transport } from '#transport'
import type { Deadlines } from './deadlines.ts'
import type { HealthCheckOptions } from './http/health-check.ts'
import type { ModelInfo } from './provider.ts'

export type VendorTraits = Omit<TargetTraits, 'provider' | 'model'>

export interface Vendor {
  /** The vendor's spelling of its own name. */
  readonly title: string
  /** The protocols that it speaks at its base URL, best first. */
  readonly protocols: readonly ProtocolName[]
  /** Protocols that it speaks at another path of the same address. */
  readonly elsewhere?: readonly Elsewhere[]
  /** The protocol for embeddings. Absent: it is not known to have any. */
  readonly embeddings?: EmbeddingProtocol['name']
  /** It offers realtime conversations, at /realtime below its base URL. */
  readonly realtime?: boolean
  /** Absent if every customer has a different address. */
  readonly baseUrl?: string
  /** The path for a base URL without one, if the vendor has no address. */
  readonly basePath?: string
  /** Converts a base URL as people write it to everything before a protocol's path. */
  readonly toBaseUrl?: (url: string) => string
  /** The header for the key. Absent: `authorization`, with a bearer token. */
  readonly keyHeader?: string
  /** The environment variables with its key and address; the first that is set counts. Absent: it has none. */
  readonly variables?: VendorVariables
  /** The default port of a server that people run themselves. */
  readonly localPort?: number
  /** Matches the names of models that this vendor makes. */
  readonly ownedModels?: RegExp
  /** A small model to try first, if its name is known without asking. */
  readonly sampleModel?: string
  /** The traits of a model that are known from its name. */
  readonly traits?: (model: string) => VendorTraits
  /** The query string of the model list. */
  readonly modelsQuery?: string
  readonly toModelInfo?: (entry: JsonObject) => ModelInfo
  readonly listsLimits?: boolean
  /** Its list says what each model can do, and `toModelInfo` reads that. */
  readonly listsAbilities?: boolean
  /** The vendor's differences from the protocols that it speaks. */
  readonly quirks: readonly Quirk[]
}

interface Elsewhere {
  readonly protocol: ProtocolName
  readonly path: string
}

interface VendorVariables {
  readonly apiKey: readonly string[]
  readonly baseUrl: readonly string[]
  /** The variables belong to another vendor first, and alone do not create a provider. */
  readonly isShared?: boolean
}

export interface Quirk {
  readonly fact: string
  /** The consequences for a request. */
  readonly traits?: VendorTraits
  /** Applies only to these models. */
  readonly models?: RegExp
  /** Applies only at the vendor's own address, not to compatible servers. */
  readonly atOwnAddress?: boolean
  /** The field of a message or a delta that contains thoughts. */
  readonly reasoningIn?: 'reasoning' | 'reasoning_content'
  /** The form of its errors, if not OpenAI's. */
  readonly errorShape?: ErrorShape
  /** Headers that report its limits. Its own protocols pass them on; in others, clients get the time to wait. */
  readonly limitHeaders?: readonly string[]
  /** `specified`: in a type or a page of the vendor's. `reported`: observed by somebody, who describes it there. */
  readonly source: 'specified' | 'reported'
  readonly link: string
  /** The month in which it was read. */
  readonly date: string
}

/** One customer's access to a vendor. */
export interface VendorOptions {
  readonly transport: Transport
  /** Absent if the target needs no key. */
  readonly apiKey?: string
  /** Several keys, which take turns, in place of one. */
  readonly apiKeys?: readonly string[]
  readonly baseUrl?: string
  /** Replaces the vendor's own name. */
  readonly name?: string
  /** Replaces the vendor's own protocols, best first. */
  readonly protocols?: readonly ProtocolName[]
  readonly injectUsage?: boolean
  readonly cacheMarks?: boolean
  readonly deadlines?: Partial<Deadlines>
  /** Present if it is asked from time to time whether it answers. */
  readonly health?: HealthCheckOptions
}
