/** The limits that a call takes from: of its key, its owner and its address, and of the model. */
import type { AdmittedRequest, AdmittedTarget } from '../pass.ts'
import type { ModelRules, Rule, Rules, ToClaim } from './rules.ts'

/** The limits of one who is counted. */
export interface Counted {
  readonly general: readonly Counter[]
  readonly models: readonly {
    readonly matches: ModelRules['matches']
    readonly counters: readonly Counter[]
  }[]
}

interface Counter {
  readonly rule: Rule
  readonly toClaim: ToClaim
}

export interface Choice {
  readonly rules: readonly Rule[]
  /** In the order of the rules. */
  readonly toClaims: readonly ToClaim[]
  /** The policies of the rules in one header. */
  readonly policy: string
}

/** @param tag the hash tag of its keys: what a call takes of it is taken in one step. */
export const toCounted = ({ general, models }: Rules, tag: string): Counted => {
  const toCounters = (rules: readonly Rule[]): Counter[] =>
    rules.map((rule) => ({ rule, toClaim: rule.countFor(tag) }))
  return {
    general: toCounters(general),
    models: models.map(({ matches, rules }) => ({ matches, counters: toCounters(rules) })),
  }
}

interface AtModel {
  readonly asked: AdmittedRequest
  readonly target: AdmittedTarget
}

/** @param at needed if there are limits for models. */
export const choose = (counted: readonly Counted[], stream: boolean, at?: AtModel): Choice => {
  const chosen = counted
    .flatMap(({ general, models }) => [
      ...general,
      ...models.flatMap(({ matches, counters }) => (at && concerns(matches, at) ? counters : [])),
    ])
    .filter(({ rule }) => stream || !isOfStreams(rule))
  const rules = chosen.map(({ rule }) => rule)
  return {
    rules,
    toClaims: chosen.map(({ toClaim }) => toClaim),
    policy: rules.map(({ policy }) => policy).join(', '),
  }
}

const isOfStreams = ({ measure }: Rule): boolean =>
  measure === 'streams' || measure === 'concurrent'

/** Another name for a model does not avoid its limits. */
const concerns = (
  matches: ModelRules['matches'],
  { asked, target: { provider, model } }: AtModel,
): boolean => matches(asked.model) || matches(model) || matches(`${provider.name}/${model}`)
