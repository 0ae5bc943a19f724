/**
 * Large bodies are read and written in steps. After each step all others are served for as long as it took, and no two
 * steps follow each other directly: many large bodies delay the calls of others no more than one does.
 */
import type { GatewayCall } from '../call.ts'
import type { Departure } from '#model'

interface LargeCall extends Pick<GatewayCall, 'asked' | 'body' | 'caller'> {
  readonly signal: Pick<Departure, 'aborted' | 'reason'>
}

export type LargeWork = <Result>(call: LargeCall, step: () => Result) => Result | Promise<Result>

/** Smaller work takes less time than waiting for a turn. */
const LARGE_BYTES = 1024 * 1024

export const createLargeWork = (): LargeWork => {
  /** The caller whose turn it is comes first. */
  const waiting = new Map<string, (() => void)[]>()
  let isBusy = false

  const next = (): void => {
    const [first] = waiting
    isBusy = first !== undefined
    if (!first) return
    const [callerId, steps] = first
    const step = steps.shift()
    waiting.delete(callerId)
    if (steps.length > 0) waiting.set(callerId, steps)
    const startedAt = performance.now()
    step?.()
    setTimeout(next, performance.now() - startedAt)
  }

  return (call, step) => {
    const bytes = call.asked?.bytes ?? call.body.length
    if (bytes < LARGE_BYTES) return step()
    const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof step>>()
    const take = (): void => {
      // The result is not wanted any more.
      if (call.signal.aborted) return reject(call.signal.reason)
      try {
        resolve(step())
      } catch (thrown) {
        reject(thrown)
      }
    }
    const steps = waiting.get(call.caller.id) ?? []
    steps.push(take)
    waiting.set(call.caller.id, steps)
    if (!isBusy) setImmediate(next)
    isBusy = true
    return promise
  }
}
