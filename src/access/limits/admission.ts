/** Admits calls within the limits of their key, its owner and their address, in one step. */
import { createHash } from 'node:crypto'
import { GatewayError, type Settlement } from '#model'
import type { Claim, LiveStore, Verdict } from '#stores'
import { estimateTokens } from '#usage'
import type { Caller } from '../caller.ts'
import type { Admission, AdmittedCall, AdmittedRequest, AdmittedTarget, Pass } from '../pass.ts'
import { createFollowingPass } from './following-pass.ts'
import { toLimitHeaders } from './limit-headers.ts'
import { type CallerLimits, type LimitOptions, limitsEveryModel } from './limit-options.ts'
import { type Choice, choose, type Counted, toCounted } from './choice.ts'
import { type Rule, toRules } from './rules.ts'

export const createLimits = (options: LimitOptions, live: LiveStore): Admission => {
  const { everyCaller, unlessOwn = everyCaller, byIp = {}, byOwner = {} } = options
  const plain = toRules(unlessOwn, 'key')
  const ofOwners = toRules(byOwner, 'owner')
  const ofAddresses = toRules(byIp, 'ip')
  const rulesOf = createMemo((limits: CallerLimits) =>
    toRules({ ...(limitsEveryModel(limits) ? everyCaller : unlessOwn), ...limits }, 'key'),
  )

  /** By the caller of a key or token: its users have no counts of their own. */
  const countedOf = createMemo(({ id, owner, limits }: Caller): readonly Counted[] => {
    const own = limits ? rulesOf(limits) : plain
    return [
      ...(own ? [toCounted(own, `{key:${id}}`)] : []),
      ...(ofOwners && owner !== undefined
        ? [toCounted(ofOwners, `{owner:${toDigest(owner)}}`)]
        : []),
    ]
  })
  /** Without limits for models, the choice is the same for every call. */
  const lastingOf = createMemo((counted: readonly Counted[]) =>
    counted.some(({ models }) => models.length > 0)
      ? undefined
      : { complete: choose(counted, false), streamed: choose(counted, true) },
  )

  const choiceFor = (
    { caller, network }: Pick<AdmittedCall, 'caller' | 'network'>,
    asked: AdmittedRequest,
    target: AdmittedTarget,
  ): Choice => {
    const counted = countedOf(caller.userOf ?? caller)
    const byNetwork =
      ofAddresses && network !== undefined ? [toCounted(ofAddresses, `{ip:${network}}`)] : NOBODY
    const lasting = byNetwork === NOBODY ? lastingOf(counted) : undefined
    if (lasting) return asked.stream ? lasting.streamed : lasting.complete
    return choose([...counted, ...byNetwork], asked.stream, { asked, target })
  }

  return {
    admit(call, asked, target) {
      const choice = choiceFor(call, asked, target)
      if (choice.rules.length === 0) return undefined
      const taken = { requestId: call.requestId, tokens: estimateTokens(call.body.length) }
      const claims = choice.toClaims.map((toClaim) => toClaim(taken))
      const verdict = live.take(claims)
      return verdict instanceof Promise
        ? verdict.then((late) => new LimitPass(live, choice, claims, late))
        : new LimitPass(live, choice, claims, verdict)
    },
    follow(call, target, counts) {
      const { rules, toClaims } = choiceFor(call, { model: target.model, stream: false }, target)
      if (rules.length === 0) return undefined
      const ofTokens = toClaims.filter((_, at) => counts && rules[at]?.measure === 'tokens')
      const taken = { requestId: call.requestId, tokens: 0 }
      return createFollowingPass(
        live,
        ofTokens.map((toClaim) => toClaim(taken)),
      )
    },
  }
}

const NOBODY: readonly Counted[] = []

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

/** A class: one is made for every call that is limited. */
class LimitPass implements Pass {
  readonly refusal: GatewayError | undefined
  readonly #live: LiveStore
  readonly #choice: Choice
  readonly #claims: readonly Claim[]
  readonly #verdict: Verdict

  constructor(live: LiveStore, choice: Choice, claims: readonly Claim[], verdict: Verdict) {
    this.#live = live
    this.#choice = choice
    this.#claims = claims
    this.#verdict = verdict
    this.refusal = verdict.allowed ? undefined : toRefusal(choice.rules, verdict)
  }

  headers(...[dialect]: Parameters<Pass['headers']>): readonly string[] {
    return toLimitHeaders(dialect, this.#choice, this.#verdict)
  }

  settle({ usage, outrunTokens = 0 }: Pick<Settlement, 'usage' | 'outrunTokens'>): void {
    if (this.refusal) return
    const used = usage.inputTokens + usage.outputTokens - outrunTokens
    let slots: Claim[] | undefined
    const { rules } = this.#choice
    for (let at = 0; at < rules.length; at++) {
      const claim = this.#claims[at]
      if (claim?.kind === 'slot') (slots ??= []).push(claim)
      else if (claim && rules[at]?.measure === 'tokens' && claim.amount !== used)
        this.#live.correct(claim, used - claim.amount, this.#verdict)
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
