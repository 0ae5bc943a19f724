/** Decides which targets can serve a call. */
import type { Ability, Need } from '#model'
import type { Target } from '../target.ts'
import type { Capabilities, Context, Source } from './capabilities.ts'

/** What a call needs. Each is read only when a target is known to lack it. */
export interface Needs {
  has(ability: Ability): boolean
  /** About how many tokens of input it has, if they may be more than this. */
  exceeds(tokens: number): number | undefined
}

export interface Shortcoming {
  readonly need: Need
  readonly source: Source
  /** The target might serve the call without it: it is tried last, and nothing is refused. */
  readonly isMild: boolean
  /** For a context: how much there is, and how much the call has. */
  readonly tokens?: { readonly available: number; readonly needed: number }
}

export interface Judged<Chosen extends Target = Target> {
  readonly target: Chosen
  readonly shortcomings: readonly Shortcoming[]
}

const NONE: readonly Shortcoming[] = []

/** Input is estimated, and may be shorter than it seems. */
const MARGIN = 1.25

/** @param isAlone there is no other target. */
export const judge = (
  target: Target,
  needs: Needs,
  capabilities: Capabilities,
  isAlone = false,
): readonly Shortcoming[] => {
  const { lacks, context } = capabilities.limitsOf(target)
  let found: Shortcoming[] | undefined
  for (const [need, source] of lacks)
    if (needs.has(need)) (found ??= []).push({ need, source, isMild: isMild(need, source) })
  const short = toShortContext(target, needs, context, capabilities, isAlone)
  if (short) (found ??= []).push(short)
  return found ?? NONE
}

/** A request for thoughts is left out for a model that has none, as before. Only the operator can forbid that. */
const isMild = (need: Ability, source: Source): boolean =>
  need === 'reasoning' && source !== 'configuration'

/** Smaller calls fit everywhere, so the published contexts are not searched for them. */
const SMALLEST_TOKENS = 4_000

const toShortContext = (
  target: Target,
  needs: Needs,
  known: Context | undefined,
  capabilities: Capabilities,
  isAlone: boolean,
): Shortcoming | undefined => {
  const context =
    known ??
    (needs.exceeds(SMALLEST_TOKENS) === undefined
      ? undefined
      : capabilities.publishedContextOf(target))
  if (!context) return undefined
  const needed = needs.exceeds(context.tokens * MARGIN)
  if (needed === undefined) return undefined
  // A price list is about prices: what else it says may be out of date. A target without another counts better itself.
  const isUnsure =
    context.source === 'price list' || (isAlone && context.source !== 'configuration')
  const tokens = { available: context.tokens, needed }
  return { need: 'context', source: context.source, isMild: isUnsure, tokens }
}

/**
 * The targets that can serve a call, in their order: those that lack something which the call can do without are last.
 * None if each lacks what the call cannot do without.
 */
export const ableOf = <Chosen extends Target>(
  judged: readonly Judged<Chosen>[],
): readonly Chosen[] =>
  [
    ...judged.filter(({ shortcomings }) => shortcomings.length === 0),
    ...judged.filter(
      ({ shortcomings }) => shortcomings.length > 0 && shortcomings.every((each) => each.isMild),
    ),
  ].map(({ target }) => target)
