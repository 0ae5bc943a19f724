/** How long a target takes to answer, by its recent calls: a slow one counts at once, and is forgotten gradually. */
import type { Clock } from '../breaker/clock.ts'

export interface Latency {
  /** Undefined before the first call. It falls while there is none, so that every target is asked again some time. */
  readonly ms: number | undefined
  answered(afterMs: number): void
  /** A failure, or no answer so far, can only make it slower: an error that arrives at once is no quick answer. */
  failed(afterMs: number): void
}

const LATENCY_FADES_MS = 30_000

export const createLatency = (now: Clock): Latency => {
  let peakMs: number | undefined
  let notedAt = 0

  const note = (ms: number): void => {
    peakMs = ms
    notedAt = now()
  }
  const share = (): number => Math.exp((notedAt - now()) / LATENCY_FADES_MS)

  return {
    get ms() {
      return peakMs === undefined ? undefined : peakMs * share()
    },
    answered(afterMs) {
      if (peakMs === undefined || afterMs >= peakMs) return note(afterMs)
      const kept = share()
      note(peakMs * kept + afterMs * (1 - kept))
    },
    failed(afterMs) {
      if (peakMs === undefined || afterMs >= peakMs) note(afterMs)
    },
  }
}
