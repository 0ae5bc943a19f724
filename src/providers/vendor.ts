/** What a vendor is: data, and of each thing that sets it apart, where that is written. */
import type { JsonObject, ProtocolName } from '#model'
import type { EmbeddingProtocol, ErrorShape, TargetTraits } from '#protocols'
import type { Transport } from '#transport'
import type { Deadlines, ModelInfo } from './provider.ts'

export type VendorTraits = Omit<TargetTraits, 'provider' | 'model'>

export interface Vendor {
  /** As it writes its own name. */
  readonly title: string
  /** The languages that it speaks at its base URL, best first. */
  readonly protocols: readonly ProtocolName[]
  /** Languages that it speaks at another path of its own address. */
  readonly elsewhere?: readonly Elsewhere[]
  /** How it is asked for embeddings. Absent: it is not known to have any. */
  readonly embeddings?: EmbeddingProtocol['name']
  /** It has realtime conversations, at /realtime below its base URL. */
  readonly realtime?: boolean
  /** Absent: every customer has an address of their own. */
  readonly baseUrl?: string
  /** The path of a base URL that is given without one, where there is no address of the vendor's. */
  readonly basePath?: string
  /** A base URL as people write it -> everything in front of a protocol's path. */
  readonly toBaseUrl?: (url: string) => string
  /** The header that carries the key. Absent: `authorization`, as a bearer's. */
  readonly keyHeader?: string
  /** Variables that hold its key and its address, the first that is set counts. Absent: it has none. */
  readonly variables?: VendorVariables
  /** Where it listens by default, for a server that people run themselves. */
  readonly localPort?: number
  /** Names of models that this vendor makes. */
  readonly ownedModels?: RegExp
  /** A small model to try first, where its name can be known without asking. */
  readonly sampleModel?: string
  /** What is known of a model by its name. */
  readonly traits?: (model: string) => VendorTraits
  /** Query of the model list. */
  readonly modelsQuery?: string
  readonly toModelInfo?: (entry: JsonObject) => ModelInfo
  readonly listsLimits?: boolean
  /** What sets it apart from the protocols that it speaks. */
  readonly quirks: readonly Quirk[]
}

interface Elsewhere {
  readonly protocol: ProtocolName
  readonly path: string
}

interface VendorVariables {
  readonly apiKey: readonly string[]
  readonly baseUrl: readonly string[]
  /** They belong to another vendor first, and alone bring no provider into being. */
  readonly isShared?: boolean
}

export interface Quirk {
  readonly fact: string
  /** What follows for a request. */
  readonly traits?: VendorTraits
  /** Of these models only. */
  readonly models?: RegExp
  /** Only where the vendor itself answers, not a server that is like it. */
  readonly atOwnAddress?: boolean
  /** The field of a message or a delta in which thoughts come. */
  readonly reasoningIn?: 'reasoning' | 'reasoning_content'
  /** In which shape its errors come, where not in OpenAI's. */
  readonly errorShape?: ErrorShape
  /** Headers that tell its limits. They are passed on in its own languages; in others, how long to wait. */
  readonly limitHeaders?: readonly string[]
  /** `specified`: by a type or a page of the vendor's. `reported`: met by somebody who says so there. */
  readonly source: 'specified' | 'reported'
  readonly link: string
  /** The month in which it was read. */
  readonly date: string
}

/** What must be known of one customer's access to a vendor. */
export interface VendorOptions {
  readonly transport: Transport
  /** Absent: the target takes no key. */
  readonly apiKey?: string
  readonly baseUrl?: string
  /** In place of the vendor's own name. */
  readonly name?: string
  /** In place of the vendor's own languages, best first. */
  readonly protocols?: readonly ProtocolName[]
  readonly injectUsage?: boolean
  readonly deadlines?: Partial<Deadlines>
}
