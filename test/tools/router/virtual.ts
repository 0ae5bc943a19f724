/** A clock that a test sets, chance that is the same in every run, and targets that nothing is sent to. */
import type { Catalogue, Provider } from '#providers'
import type { Target } from '#router'
import { createRandom } from '../../fuzz/random.ts'

export const createClock = () => {
  let nowMs = 1_000
  return { now: () => nowMs, pass: (ms: number) => void (nowMs += ms) }
}

/** Numbers from 0 up to, but not including, 1. */
export const createChance = (seed: number): (() => number) => {
  const { below } = createRandom('balance', seed)
  return () => below(2 ** 32) / 2 ** 32
}

export const providerNamed = (name: string): Provider =>
  ({
    kind: 'local',
    name,
    owns: () => false,
    knownModels: () => [],
  }) as unknown as Provider

export const targetAt = (provider: Provider, model = 'm'): Target => ({ provider, model })

/** Knows no models, so that only the names decide. */
export const catalogue: Catalogue = { list: async () => [], listOf: async () => [] }

/** What was published is delivered in a microtask. */
export const heard = () => new Promise((resolve) => setImmediate(resolve))
