/** Admits calls within the limits of their key, its owner and their address, in one step. */
import { createHash } from 'node:crypto'
import { GatewayError, type Settlement } from '#model'
import type { Claim, LiveStore, Verdict } from '#stores'
import { estimateTokens } from '#usage'
import type { Caller } from '../caller.ts'
import type { Admission, AdmittedCall, AdmittedRequest, AdmittedTarget, Pass } from '../pass.ts'
import { toLimitHeaders } from './limit-headers.ts'
import { type CallerLimits, type LimitOptions, limitsEveryModel } from './limit-options.ts'
import { type ModelRules, type Rule, type Rules, type Taken, toRules } from './rules.ts'

/** The rules of one who is counted. */
interface Counted {
  readonly rules: Rules
  /** The hash tag of its keys: what a call takes of it is taken in one step. */
  readonly tag: string
}

export const createLimits = (options: LimitOptions, live: LiveStore): Admission => {
  const { everyCaller, unlessOwn = everyCaller, byIp = {}, byOwner = {} } = options
  const plain = toRules(unlessOwn, 'key')
  const ofOwners = toRules(byOwner, 'owner')
  const ofAddresses = toRules(byIp, 'ip')
  const rulesOf = createMemo((limits: CallerLimits) =>
    toRules({ ...(limitsEveryModel(limits) ? everyCaller : unlessOwn), ...limits }, 'key'),
  )

  /** A caller is one object for as long as it is admitted. */
  const countedOf = createMemo(({ id, owner, limits }: Caller): readonly Counted[] => {
    const own = limits ? rulesOf(limits) : plain
    const counted: Counted[] = own ? [{ rules: own, tag: `{key:${id}}` }] : []
    if (ofOwners && owner !== undefined)
      counted.push({ rules: ofOwners, tag: `{owner:${toDigest(owner)}}` })
    return counted
  })

  return {
    admit(call, asked, target) {
      const { caller, network } = call
      const counted = countedOf(caller)
      const byNetwork = network === undefined ? undefined : ofAddresses
      if (counted.length === 0 && !byNetwork) return undefined

      const claims = createClaims(call, asked, target)
      for (const each of counted) claims.add(each.rules, each.tag)
      if (byNetwork) claims.add(byNetwork, `{ip:${network}}`)
      return claims.take(live)
    },
  }
}

const createMemo = <Key extends object, Value>(make: (key: Key) => Value) => {
  const made = new WeakMap<Key, { readonly value: Value }>()
  return (key: Key): Value => {
    const found = made.get(key)
    if (found) return found.value
    const value = make(key)
    made.set(key, { value })
    return value
  }
}

const toDigest = (owner: string): string =>
  createHash('sha256').update('sluice owner\0').update(owner).digest('hex').slice(0, 24)

/** Collects what one call takes. */
const createClaims = (
  { requestId, body }: AdmittedCall,
  asked: AdmittedRequest,
  target: AdmittedTarget,
) => {
  const taken: Taken = { requestId, tokens: estimateTokens(body.length) }
  const rules: Rule[] = []
  const claims: Claim[] = []

  const addThose = (added: readonly Rule[], tag: string): void => {
    for (const rule of added) {
      if (!asked.stream && isOfStreams(rule)) continue
      rules.push(rule)
      claims.push(rule.toClaim(tag, taken))
    }
  }

  return {
    add({ general, models }: Rules, tag: string): void {
      addThose(general, tag)
      for (const each of models) if (concerns(each, asked.model, target)) addThose(each.rules, tag)
    },
    take(live: LiveStore): Pass | Promise<Pass> | undefined {
      if (claims.length === 0) return undefined
      const verdict = live.take(claims)
      return verdict instanceof Promise
        ? verdict.then((late) => new LimitPass(live, rules, claims, late))
        : new LimitPass(live, rules, claims, verdict)
    },
  }
}

const isOfStreams = ({ measure }: Rule): boolean =>
  measure === 'streams' || measure === 'concurrent'

/** Another name for a model does not avoid its limits. */
const concerns = (
  { matches }: ModelRules,
  asked: string,
  { provider, model }: AdmittedTarget,
): boolean => matches(asked) || matches(model) || matches(`${provider.name}/${model}`)

/** A class: one is made for every call that is limited. */
class LimitPass implements Pass {
  readonly refusal: GatewayError | undefined
  readonly #live: LiveStore
  readonly #rules: readonly Rule[]
  readonly #claims: readonly Claim[]
  readonly #verdict: Verdict

  constructor(live: LiveStore, rules: readonly Rule[], claims: readonly Claim[], verdict: Verdict) {
    this.#live = live
    this.#rules = rules
    this.#claims = claims
    this.#verdict = verdict
    this.refusal = verdict.allowed ? undefined : toRefusal(rules, verdict)
  }

  headers(...[dialect]: Parameters<Pass['headers']>): readonly string[] {
    return toLimitHeaders(dialect, this.#rules, this.#verdict)
  }

  settle({ usage }: Pick<Settlement, 'usage'>): void {
    if (this.refusal) return
    const used = usage.inputTokens + usage.outputTokens
    let slots: Claim[] | undefined
    for (const [at, claim] of this.#claims.entries()) {
      if (claim.kind === 'slot') (slots ??= []).push(claim)
      else if (this.#rules[at]?.measure === 'tokens' && claim.amount !== used)
        this.#live.correct(claim, used - claim.amount)
    }
    if (slots) this.#live.release(slots)
  }
}

/** No client should ask again at once. */
const LEAST_WAIT_MS = 1_000

/** Codex reads the wait from the last sentence. */
const toRefusal = (
  rules: readonly Rule[],
  { refused = 0, retryAfterMs = 0 }: Verdict,
): GatewayError => {
  const waitMs = Math.max(retryAfterMs, LEAST_WAIT_MS)
  return new GatewayError(
    'rate_limited',
    `The limit of ${rules[refused]?.text ?? 'calls'} is reached. Please try again in ${Math.ceil(waitMs / 1000)}s.`,
    { retryAfterMs: waitMs },
  )
}
