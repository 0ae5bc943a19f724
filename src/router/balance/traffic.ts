/** What the calls to each target have shown: whether it works, how busy it is, and how quick. */
import { isDeepStrictEqual } from 'node:util'
import type { GatewayError, Settlement } from '#model'
import { type KeyPool, MAX_REST_MS, type Provider } from '#providers'
import type { Log } from '#telemetry'
import {
  type Breaker,
  type BreakerOptions,
  type BreakerState,
  createBreaker,
  DEFAULT_BREAKER,
  type Entry,
} from '../breaker/breaker.ts'
import type { Clock } from '../breaker/clock.ts'
import { isBroken, judge, restAfter } from '../breaker/judgement.ts'
import type { Target } from '../target.ts'
import { createLatency, type Latency } from './latency.ts'
import type { Messages } from './channel.ts'
import { type News, shareNews } from './shared-news.ts'

export interface TrafficOptions {
  /** False: no target is skipped. */
  readonly breaker?: BreakerOptions | false | undefined
  readonly now?: Clock
  readonly log?: Log
  /** Which targets are skipped is shared with other processes. */
  readonly shared?: { readonly messages: Messages; readonly providers: readonly Provider[] }
}

export interface Traffic {
  /** Whether a call should go to the target now, if it could go to another one. */
  permits(target: Target): boolean
  /** Begins an attempt, also at a target that does not permit it. */
  begin(target: Target): Attempted
  describe(target: Target): TargetView
  /** From now on targets are skipped by these rules. What is known of their speed and their work stays. */
  configure(breaker: BreakerOptions | false | undefined): void
  /** A check of the provider has failed, and says that no call would be answered there. */
  checkFailed(provider: Provider): void
  /** @param isRecovery whether the check before it failed. Then what it says is true of all models, too. */
  checkSucceeded(provider: Provider, isRecovery: boolean): void
}

/** One attempt, from its start to the end of its answer. It ends with `failed`, `withdrew` or `ended`. */
export interface Attempted {
  /** The first byte has arrived. */
  answered(): void
  failed(error: GatewayError): void
  /** It showed nothing about the target. */
  withdrew(): void
  /** It was cancelled, because another target answered sooner. It shows only that the target takes longer. */
  outrun(): void
  ended(outcome: Settlement['outcome']): void
}

export interface TargetView {
  readonly breaker: BreakerState
  /** The breaker of all models of its provider: it opens if the key is refused, or nothing can be reached. */
  readonly providerBreaker: BreakerState
  /** For how long the upstream asked to be left alone. */
  readonly restsMs: number
  /** Calls in progress. */
  readonly busy: number
  /** The time to the first byte. Undefined before the first call. */
  readonly latencyMs: number | undefined
}

interface Known {
  breaker: Breaker
  ofProvider: Breaker
  readonly latency: Latency
  /** Tells other processes that it rests. */
  readonly tellRest: (ms: number) => void
  restsUntil: number
  busy: number
}

interface KnownProvider {
  breaker: Breaker
  /** With which its breakers were made. */
  rules: BreakerOptions
  readonly targets: Map<string, Known>
}

/** Callers choose names of models. What is forgotten is a target that works and has nothing to do. */
const MAX_KNOWN_TARGETS = 1_000

export const createTraffic = ({
  breaker: chosen,
  now = () => performance.now(),
  log,
  shared,
}: TrafficOptions = {}): Traffic => {
  let isOn = chosen !== false
  let rules = chosen || DEFAULT_BREAKER
  /** What a provider has shown is forgotten with the provider. */
  const providers = new WeakMap<Provider, KnownProvider>()

  /** What was heard is not told again. */
  let isHearing = false

  const createNamed = (about: Pick<News, 'provider' | 'model'>): Breaker => {
    const { provider, model } = about
    const target = model === undefined ? provider : `${provider}/${model}`
    const { restMs } = rules
    return createBreaker(rules, now, (state) => {
      if (!isOn) return
      if (!isHearing) tell?.({ ...about, state, ms: restMs })
      if (state === 'open') log?.warn({ target }, 'fails, and is skipped where it can be')
      else log?.info({ target }, 'answers again')
    })
  }

  /** With new breakers if the rules have changed. */
  const knownProvider = (provider: Provider): KnownProvider | undefined => {
    const known = providers.get(provider)
    if (!known || known.rules === rules) return known
    known.rules = rules
    known.breaker = createNamed({ provider: provider.name })
    for (const [model, target] of known.targets) {
      target.breaker = createNamed({ provider: provider.name, model })
      target.ofProvider = known.breaker
    }
    return known
  }

  const providerOf = (provider: Provider): KnownProvider => {
    const known = knownProvider(provider)
    if (known) return known
    const breaker = createNamed({ provider: provider.name })
    const made = { breaker, rules, targets: new Map<string, Known>() }
    providers.set(provider, made)
    return made
  }

  const isRemarkable = ({ breaker, restsUntil, busy }: Known): boolean =>
    busy > 0 || breaker.state !== 'closed' || restsUntil > now()

  const makeRoom = (targets: Map<string, Known>): void => {
    if (targets.size < MAX_KNOWN_TARGETS) return
    for (const [model, known] of targets) if (!isRemarkable(known)) targets.delete(model)
    // Each has something to do or fails: the oldest of them.
    for (const [model] of targets) {
      if (targets.size < MAX_KNOWN_TARGETS) return
      targets.delete(model)
    }
  }

  const find = ({ provider, model }: Target): Known | undefined =>
    knownProvider(provider)?.targets.get(model)

  const knownOf = (target: Target): Known => {
    const found = find(target)
    if (found) return found
    const { breaker: ofProvider, targets } = providerOf(target.provider)
    makeRoom(targets)
    const about = { provider: target.provider.name, model: target.model }
    const known: Known = {
      breaker: createNamed(about),
      ofProvider,
      latency: createLatency(now),
      tellRest(ms) {
        if (isOn) tell?.({ ...about, state: 'rests', ms })
      },
      restsUntil: 0,
      busy: 0,
    }
    targets.set(target.model, known)
    return known
  }

  const hear = ({ provider: name, model, state, ms }: News): void => {
    const provider = shared?.providers.find((each) => each.name === name)
    if (!provider) return
    const known = model === undefined ? undefined : knownOf({ provider, model })
    if (state === 'rests') {
      if (known) known.restsUntil = Math.max(known.restsUntil, now() + Math.min(ms, MAX_REST_MS))
      return
    }
    const { breaker } = known ?? providerOf(provider)
    isHearing = true
    if (state === 'open') breaker.openFor(ms)
    else breaker.close()
    isHearing = false
  }

  const share = () => (isOn && shared ? shareNews(shared.messages, hear) : undefined)
  let tell = share()

  return {
    permits(target) {
      if (!isOn) return true
      if (doAllKeysRest(target.provider)) return false
      const provider = knownProvider(target.provider)
      if (!provider) return true
      if (!provider.breaker.permits()) return false
      const known = provider.targets.get(target.model)
      return !known || (known.restsUntil <= now() && known.breaker.permits())
    },
    begin(target) {
      const { provider } = target
      const keys = provider.kind === 'http' ? provider.keys : undefined
      return new RunningAttempt(knownOf(target), keys, now)
    },
    describe(target) {
      const known = find(target)
      return {
        breaker: known?.breaker.state ?? 'closed',
        providerBreaker: knownProvider(target.provider)?.breaker.state ?? 'closed',
        restsMs: Math.max(0, (known?.restsUntil ?? 0) - now()),
        busy: known?.busy ?? 0,
        latencyMs: known?.latency.ms,
      }
    },
    configure(breaker) {
      isOn = breaker !== false
      const next = breaker || DEFAULT_BREAKER
      if (!isDeepStrictEqual(rules, next)) rules = next
      tell ??= share()
    },
    checkFailed(provider) {
      const { breaker } = providerOf(provider)
      // If a call is to be let through, the check has shown already what it would show.
      breaker.failed(breaker.enter())
    },
    checkSucceeded(provider, isRecovery) {
      const known = providers.get(provider)
      if (!known) return
      const { breaker, targets } = known
      breaker.endRest()
      if (!isRecovery) return
      // The failures in a row were those of checks.
      if (breaker.state === 'closed') breaker.answered(breaker.enter())
      for (const target of targets.values()) target.breaker.endRest()
    },
  }
}

/** Whatever model they were limited for, here or in another process. */
const doAllKeysRest = (provider: Provider): boolean =>
  provider.kind === 'http' && provider.keys !== undefined && provider.keys.wakesInMs > 0

/** A class: one is made for every attempt. */
class RunningAttempt implements Attempted {
  readonly #known: Known
  readonly #breaker: Breaker
  readonly #ofProvider: Breaker
  readonly #keys: KeyPool | undefined
  readonly #now: Clock
  readonly #startedAt: number
  readonly #providerEntry: Entry
  #entry: Entry
  #isOver = false

  constructor(known: Known, keys: KeyPool | undefined, now: Clock) {
    this.#known = known
    this.#breaker = known.breaker
    this.#ofProvider = known.ofProvider
    this.#keys = keys
    this.#now = now
    this.#startedAt = now()
    this.#providerEntry = known.ofProvider.enter()
    this.#entry = known.breaker.enter()
    known.busy++
  }

  answered(): void {
    this.#known.latency.answered(this.#now() - this.#startedAt)
    this.#ofProvider.answered(this.#providerEntry)
    this.#entry = this.#breaker.answered(this.#entry)
  }

  failed(error: GatewayError): void {
    this.#end()
    this.#judge(error)
    // No longer than until one of its keys is awake.
    const restMs = Math.min(restAfter(error), this.#keys?.wakesInMs ?? Infinity)
    const known = this.#known
    const until = this.#now() + restMs
    if (restMs === 0 || until <= known.restsUntil) return
    // Many calls that are refused at once are one piece of news.
    if (until - known.restsUntil > restMs / 10) known.tellRest(restMs)
    known.restsUntil = until
  }

  withdrew(): void {
    this.#end()
    this.#ofProvider.withdrew(this.#providerEntry)
    this.#breaker.withdrew(this.#entry)
  }

  outrun(): void {
    this.withdrew()
    this.#known.latency.failed(this.#now() - this.#startedAt)
  }

  ended(outcome: Settlement['outcome']): void {
    if (this.#isOver) return
    this.#end()
    if (isBroken(outcome)) this.#breaker.broke(this.#entry)
  }

  #judge(error: GatewayError): void {
    const { latency } = this.#known
    const [ofProvider, breaker] = [this.#ofProvider, this.#breaker]
    const judgement = judge(error)
    if (judgement === 'well') {
      ofProvider.answered(this.#providerEntry)
      breaker.answered(this.#entry)
      return
    }
    if (judgement === 'provider ill') ofProvider.failed(this.#providerEntry)
    else ofProvider.withdrew(this.#providerEntry)
    if (judgement === 'target ill') {
      breaker.failed(this.#entry)
      latency.failed(this.#now() - this.#startedAt)
    } else breaker.withdrew(this.#entry)
  }

  #end(): void {
    this.#isOver = true
    this.#known.busy--
  }
}
