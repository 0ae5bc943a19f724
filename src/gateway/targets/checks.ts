/** Asks providers from time to time whether they answer, where the configuration says so. Calls do not wait for it. */
import { ERROR_KINDS, type ErrorCode, GatewayError, type JsonObject, toGatewayError } from '#model'
import type { HealthCheck, Provider } from '#providers'
import { isIll, type Messages, openChannel, type Traffic } from '#router'
import type { Log, ProviderCheck } from '#telemetry'
import type { Health } from './health.ts'

/** The part of a live store that is needed. */
export interface SharedChecks extends Messages {
  take(
    claims: readonly {
      readonly kind: 'window'
      readonly key: string
      readonly windowMs: number
      readonly max: number
      readonly amount: number
    }[],
  ): { readonly allowed: boolean } | Promise<{ readonly allowed: boolean }>
}

export interface CheckOptions {
  readonly providers: readonly Provider[]
  /** Of several processes, one asks, and the others are told. */
  readonly shared: SharedChecks
  readonly traffic: Pick<Traffic, 'checkFailed' | 'checkSucceeded'>
  readonly log: Log
  readonly health: Health
  /** What the last check of each provider has shown. */
  readonly checked: WeakMap<Provider, ProviderCheck>
  readonly random?: () => number
}

export interface Checks {
  start(): void
  /** Ends those in progress, too. Nothing is noted any more. */
  stop(): void
  /** Undefined: the provider is not checked. */
  stateOf(provider: Provider): ProviderCheck | undefined
}

/** Of the time between two checks, up to this part is added or left out by chance. */
const JITTER = 0.1

/** For so large a part of that time, no other process asks. It must be shorter than the shortest time. */
const LEASE = 0.8

const CHANNEL = 'health-checks'

type Status = ProviderCheck['status']

const UNCHECKED: ProviderCheck = { status: 'unknown' }

export const createChecks = ({
  providers,
  shared,
  traffic,
  log,
  health,
  checked,
  random = Math.random,
}: CheckOptions): Checks => {
  const checks = new Map<Provider, HealthCheck>()
  for (const provider of providers)
    if (provider.kind === 'http' && provider.check) checks.set(provider, provider.check)
  const timers = new Set<NodeJS.Timeout>()
  const stopped = new AbortController()

  const note = (provider: Provider, status: Status, error?: GatewayError): void => {
    if (stopped.signal.aborted) return
    const before = checked.get(provider) ?? UNCHECKED
    const state = { status, atMs: Date.now(), ...(error && { code: error.code }) }
    checked.set(provider, state)
    if (status !== before.status || error?.code !== before.code) report(provider, state)
    if (status === 'up') {
      health.succeeded(provider)
      traffic.checkSucceeded(provider, before.status === 'down')
    } else if (status === 'down' && error) {
      health.failed(provider, error)
      traffic.checkFailed(provider)
    }
  }

  const report = ({ name: provider }: Provider, { status, code }: ProviderCheck): void => {
    if (status === 'up') log.info({ provider }, 'its health check succeeds')
    else if (status === 'down') log.warn({ provider, code }, 'its health check fails')
    else log.warn({ provider, code }, 'its health check is refused, and so shows nothing')
  }

  const hear = (told: JsonObject): void => {
    for (const provider of checks.keys())
      if (provider.name === told.provider && isStatus(told.state))
        note(provider, told.state, toToldError(told))
  }
  const channel = checks.size > 0 ? openChannel(shared, CHANNEL, hear) : undefined

  /** Whether this process asks now. While Redis cannot be used, each one does. */
  const isOurTurn = async ({ name }: Provider, everyMs: number): Promise<boolean> => {
    const key = `{check:${name}}turn`
    const windowMs = Math.floor(everyMs * LEASE)
    try {
      return (await shared.take([{ kind: 'window', key, windowMs, max: 1, amount: 1 }])).allowed
    } catch {
      return true
    }
  }

  const run = async (provider: Provider, check: HealthCheck): Promise<void> => {
    // A key that rests is not asked for either.
    if (provider.kind === 'http' && (provider.keys?.wakesInMs ?? 0) > 0) return
    if (!(await isOurTurn(provider, check.everyMs))) return
    const error = await check.ask(stopped.signal).then(() => undefined, toGatewayError)
    if (stopped.signal.aborted) return
    const state = error ? (isIll(error) ? 'down' : 'unknown') : 'up'
    note(provider, state, error)
    const reason = error && { code: error.code, status: error.status }
    channel?.tell({ provider: provider.name, state, ...reason })
  }

  const schedule = (provider: Provider, check: HealthCheck, afterMs: number): void => {
    const timer = setTimeout(async () => {
      timers.delete(timer)
      await run(provider, check)
      // The next one begins after the end of this one, so there is never more than one.
      const share = 1 - JITTER + random() * 2 * JITTER
      if (!stopped.signal.aborted) schedule(provider, check, check.everyMs * share)
    }, afterMs).unref()
    timers.add(timer)
  }

  return {
    start() {
      // Processes that are started together do not ask together.
      for (const [provider, check] of checks) schedule(provider, check, random() * check.everyMs)
    },
    stop() {
      stopped.abort()
      channel?.close()
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
    stateOf: (provider) =>
      checks.has(provider) ? (checked.get(provider) ?? UNCHECKED) : undefined,
  }
}

const STATUSES: ReadonlySet<unknown> = new Set<Status>(['up', 'down', 'unknown'])
const isStatus = (told: unknown): told is Status => STATUSES.has(told)

const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERROR_KINDS, code)

/** As much of a failure as decides what it means. Another version may know other codes. */
const toToldError = ({ code, status }: JsonObject): GatewayError | undefined => {
  if (code === undefined) return undefined
  return new GatewayError(
    isErrorCode(code) ? code : 'upstream_failed',
    'A health check failed in another process.',
    typeof status === 'number' ? { status } : {},
  )
}
