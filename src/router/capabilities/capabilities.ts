/** What is known of a target: from the configuration, its provider's own list of models, its vendor, and the prices. */
import { type Abilities, ABILITIES, type Ability, createTargetPatterns } from '#model'
import type { ModelInfo, Provider } from '#providers'
import { type Target, toTargetName } from '../target.ts'

/** What the operator says of models. It takes precedence over everything else that is known. */
export interface ModelSettings {
  /** The target, as `provider/model`. `*` matches any run of characters. */
  readonly target: string
  readonly abilities: Abilities
  /** How many tokens of input it takes. */
  readonly context?: number
}

/** Who says that a target lacks something. */
export type Source = 'configuration' | 'model list' | 'vendor' | 'price list'

export interface Limits {
  /** What it cannot do. What is not here, it can do, or nobody knows. */
  readonly lacks: ReadonlyMap<Ability, Source>
  readonly context?: Context | undefined
}

export interface Context {
  /** How many tokens of input it takes. */
  readonly tokens: number
  readonly source: Source
}

export interface Capabilities {
  limitsOf(target: Target): Limits
  /** A context that nobody has said for certain. Searching for it takes longer. */
  publishedContextOf(target: Target): Context | undefined
}

export interface CapabilityOptions {
  /** From the configuration, in its order. */
  readonly models?: readonly ModelSettings[]
  /** The context of a model, as published beside its prices. */
  readonly publishedContext?: (target: {
    readonly provider: string
    readonly model: string
  }) => number | undefined
}

/** Clients choose the names of models. Beyond this all are forgotten, and the ones in use come back. */
const MAX_KEPT = 1_000

interface Kept {
  readonly list: readonly ModelInfo[] | undefined
  readonly limits: Map<string, Limits>
}

export const createCapabilities = ({
  models = [],
  publishedContext = () => undefined,
}: CapabilityOptions): Capabilities => {
  const find = createTargetPatterns(models)
  const kept = new WeakMap<Provider, Kept>()

  /** Limits that hold until the provider's list changes. */
  const keptOf = (provider: Provider): Kept => {
    const known = kept.get(provider)
    const list = provider.knownModels()
    if (known && known.list === list && known.limits.size < MAX_KEPT) return known
    const fresh = { list, limits: new Map<string, Limits>() }
    kept.set(provider, fresh)
    return fresh
  }

  const toLimits = (target: Target, listed: ModelInfo | undefined): Limits => {
    const own = find(toTargetName(target))
    const { lacks: refused = [], thinking } = target.provider.traits(target.model)
    const sourceOf = (ability: Ability): Source | undefined => {
      const said = own?.abilities[ability]
      if (said !== undefined) return said ? undefined : 'configuration'
      const inList = listed?.abilities?.[ability]
      if (inList !== undefined) return inList ? undefined : 'model list'
      const isRefused =
        refused.includes(ability) || (ability === 'reasoning' && thinking === 'none')
      return isRefused ? 'vendor' : undefined
    }
    const lacks = new Map<Ability, Source>()
    for (const ability of ABILITIES) {
      const source = sourceOf(ability)
      if (source) lacks.set(ability, source)
    }
    return { lacks, context: toContext(own, listed) }
  }

  return {
    limitsOf(target) {
      const { list, limits } = keptOf(target.provider)
      const known = limits.get(target.model)
      if (known) return known
      const found = toLimits(
        target,
        list?.find(({ id }) => id === target.model),
      )
      limits.set(target.model, found)
      return found
    },
    publishedContextOf({ provider, model }) {
      const tokens = publishedContext({ provider: provider.name, model })
      return tokens === undefined ? undefined : { tokens, source: 'price list' }
    },
  }
}

const toContext = (
  own: ModelSettings | undefined,
  listed: ModelInfo | undefined,
): Context | undefined => {
  if (own?.context !== undefined) return { tokens: own.context, source: 'configuration' }
  const tokens = listed?.maxInputTokens
  return tokens === undefined ? undefined : { tokens, source: 'model list' }
}
