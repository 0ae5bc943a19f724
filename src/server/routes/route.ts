/** What a path leads to. */
import type { Named, Revisit } from '#gateway'
import type { EmbeddingProtocol, Protocol } from '#protocols'

export type Route =
  /** Answered before anybody is asked who they are. */
  | { readonly kind: 'health' | 'ready' | 'probe' }
  | {
      readonly kind: 'generate' | 'count-tokens' | 'compact'
      readonly protocol: Protocol
      /** For the log: `/v1/messages`. */
      readonly name: string
      /** Where an upstream that speaks the protocol has this route. */
      readonly toPath: (model: string) => string
      readonly named?: Named
    }
  | {
      readonly kind: 'embed'
      /** The dialect of its errors. */
      readonly protocol: Protocol
      readonly embedding: EmbeddingProtocol
      readonly name: string
      readonly toPath: (model: string) => string
      readonly named?: Named
    }
  | { readonly kind: 'models' }
  | {
      /** To a response that was given before. */
      readonly kind: 'revisit'
      readonly revisit: Revisit
      readonly name: string
      readonly path: string
    }
  | { readonly kind: 'model'; readonly id: string }

export interface Entry {
  readonly methods: readonly string[]
  readonly route: Route
}
