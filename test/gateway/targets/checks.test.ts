/** Health checks: who asks, how often, and what is made of the answer. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createContinuity } from '#gateway'
import { GatewayError } from '#model'
import type { Provider } from '#providers'
import { createTraffic } from '#router'
import { createLiveStore, type LiveStore } from '#stores'
import { createLog } from '#telemetry'
import { createChecks, type SharedChecks } from '../../../src/gateway/targets/checks.ts'
import { eventually } from '../../tools/app/within.ts'

const unreachable = new GatewayError('upstream_unreachable', 'No.')

const start = (
  ask: (signal: AbortSignal) => Promise<void>,
  { shared = createLiveStore(), everyMs = 10, wakesInMs = 0 } = {} as {
    shared?: SharedChecks
    everyMs?: number
    wakesInMs?: number
  },
) => {
  const provider = {
    kind: 'http',
    name: 'one',
    check: { everyMs, ask },
    keys: { wakesInMs },
  } as unknown as Provider
  const unchecked = { kind: 'http', name: 'two' } as unknown as Provider
  const traffic = createTraffic({
    breaker: { failures: 3, ratio: 1, windowMs: 60_000, restMs: 60_000 },
  })
  const lines: Record<string, unknown>[] = []
  const sink = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    flush: () => undefined,
  }
  const log = createLog({ level: 'info', redact: (text) => text, sink })
  const providers = [provider, unchecked]
  const continuity = createContinuity()
  const checks = createChecks({ ...continuity, providers, shared, traffic, log, random: () => 0.5 })
  onTestFinished(() => checks.stop())
  checks.start()
  const view = () => traffic.describe({ provider, model: 'm' })
  const { health } = continuity
  return { checks, provider, unchecked, health, traffic, view, lines }
}

describe('a provider', () => {
  it('that does not answer is down, and skipped where it can be, until it answers', async () => {
    let isDown = true
    const { checks, provider, health, traffic, view, lines } = start(async () => {
      if (isDown) throw unreachable
    })
    expect(checks.stateOf(provider)).toEqual({ status: 'unknown' })
    await eventually('it is skipped', () => view().providerBreaker === 'open')
    expect(checks.stateOf(provider)).toMatchObject({ status: 'down', code: 'upstream_unreachable' })
    expect([health.isUsable(provider), health.statusOf(provider)]).toEqual([false, 'down'])
    isDown = false
    await eventually('it answers', () => checks.stateOf(provider)?.status === 'up')
    expect(health.statusOf(provider)).toBe('up')
    // One call finds out whether it is as well as it says.
    expect(view().providerBreaker).toBe('half-open')
    traffic.begin({ provider, model: 'm' }).answered()
    expect(view().providerBreaker).toBe('closed')
    expect(lines.map(({ level, provider: name, msg }) => [level, name, msg])).toEqual([
      [40, 'one', 'its health check fails'],
      [30, 'one', 'its health check succeeds'],
    ])
  })

  it('that refuses the check is neither up nor down', async () => {
    const refused = new GatewayError('upstream_missing', 'No.', { status: 404 })
    const { checks, provider, health, view, lines } = start(() => Promise.reject(refused))
    await eventually('it was asked', () => checks.stateOf(provider)?.code !== undefined)
    await sleep(60)
    expect(checks.stateOf(provider)).toMatchObject({ status: 'unknown', code: 'upstream_missing' })
    expect([health.statusOf(provider), view().providerBreaker]).toEqual(['unknown', 'closed'])
    expect(lines).toHaveLength(1)
  })

  it('without a health check is never asked', async () => {
    const { checks, unchecked } = start(() => Promise.resolve())
    expect(checks.stateOf(unchecked)).toBeUndefined()
  })

  it('is asked once at a time, however long it takes', async () => {
    let running = 0
    let most = 0
    let asked = 0
    start(async () => {
      most = Math.max(most, ++running)
      asked++
      await sleep(30)
      running--
    })
    await eventually('several checks', () => asked > 3)
    expect(most).toBe(1)
  })

  it('is not asked while all of its keys rest', async () => {
    let asked = 0
    start(async () => void asked++, { wakesInMs: 5_000 })
    await sleep(80)
    expect(asked).toBe(0)
  })

  it('is not asked any more when the process ends, and a check in progress is ended', async () => {
    let asked = 0
    let isAborted = false
    const { checks, provider } = start(
      (signal) =>
        new Promise((_, reject) => {
          asked++
          signal.addEventListener('abort', () => {
            isAborted = true
            reject(unreachable)
          })
        }),
    )
    await eventually('a check', () => asked === 1)
    checks.stop()
    await sleep(50)
    expect([asked, isAborted]).toEqual([1, true])
    expect(checks.stateOf(provider)).toEqual({ status: 'unknown' })
  })
})

describe('several processes', () => {
  it('ask in turns, and all know the answer', async () => {
    const shared = createLiveStore()
    let asked = 0
    const ask = async (): Promise<void> => {
      asked++
      throw unreachable
    }
    const startedAt = performance.now()
    const everyMs = 50
    const processes = Array.from({ length: 5 }, () => start(ask, { shared, everyMs }))
    await eventually('all of them skip it', () =>
      processes.every(({ view }) => view().providerBreaker === 'open'),
    )
    const took = performance.now() - startedAt
    for (const { checks, provider } of processes)
      expect(checks.stateOf(provider)).toMatchObject({ status: 'down' })
    // Alone, each would have asked as often as all of them together.
    expect(asked).toBeLessThanOrEqual(took / (everyMs * 0.8) + 1)
  })

  it('ask each for itself while the store cannot be used', async () => {
    const store = createLiveStore()
    const ill: SharedChecks = {
      publish: () => undefined,
      subscribe: store.subscribe,
      take: () => Promise.reject(new GatewayError('store_unavailable', 'No.')),
    }
    let asked = 0
    const processes = [1, 2].map(() => start(async () => void asked++, { shared: ill }))
    await eventually('both know', () =>
      processes.every(({ checks, provider }) => checks.stateOf(provider)?.status === 'up'),
    )
    expect(asked).toBeGreaterThanOrEqual(2)
  })

  it.each([
    'not json',
    '{"provider":"one"}',
    '{"provider":"one","state":"gone"}',
    '{"provider":"two","state":"down","code":"upstream_unreachable"}',
    '{"provider":"three","state":"down","code":"upstream_unreachable"}',
  ])('ignore a message that says nothing: %s', async (message) => {
    const shared: LiveStore = createLiveStore()
    const { checks, provider } = start(() => new Promise(() => undefined), { shared })
    shared.publish('health-checks', message)
    await sleep(5)
    expect(checks.stateOf(provider)).toEqual({ status: 'unknown' })
  })

  it('believe a failure whose code they do not know', async () => {
    const shared: LiveStore = createLiveStore()
    const { checks, provider } = start(() => new Promise(() => undefined), { shared })
    shared.publish('health-checks', '{"provider":"one","state":"down","code":"of_tomorrow"}')
    await sleep(5)
    expect(checks.stateOf(provider)).toMatchObject({ status: 'down', code: 'upstream_failed' })
  })
})
