/** What the operator says of models. It takes precedence over everything else that is known. */
import { type Abilities, createWildcard } from '#model'

export interface ModelSettings {
  /** The target, as `provider/model`. `*` matches any run of characters. */
  readonly target: string
  readonly abilities: Abilities
  /** How many tokens of input it takes. */
  readonly context?: number
}

export type FindSettings = (target: string) => ModelSettings | undefined

/** An exact name takes precedence over patterns, which are tried in their order. */
export const createModelSettings = (settings: readonly ModelSettings[]): FindSettings => {
  const exact = new Map(settings.map((each) => [each.target, each]))
  const patterns = settings
    .filter(({ target }) => target.includes('*'))
    .map((each) => ({ each, matches: createWildcard(each.target) }))
  return (target) => exact.get(target) ?? patterns.find(({ matches }) => matches(target))?.each
}
