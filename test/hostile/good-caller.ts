/** Makes every kind of call again and again, one of a kind at a time, and measures them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { within } from '../tools/app/within.ts'
import { type Door, GOOD_CALLS } from './good-calls.ts'
import { closeSockets } from './good-sockets.ts'
import { waitedMsOf } from './process-clock.ts'

interface KindReport {
  readonly calls: number
  readonly medianMs: number
  readonly worstMs: number
  /** Less what Sluice and this process waited for a processor meanwhile: a busy machine is not an attack. */
  readonly worstServedMs: number
}

export interface GoodReport {
  readonly kinds: Readonly<Record<string, KindReport>>
  readonly faults: readonly string[]
}

export interface GoodCaller {
  /** Takes up no more calls, and waits for those that are on their way. */
  stop(): Promise<GoodReport>
}

/** Between two calls of a kind. */
const PAUSE_MS = 60
/** Whatever has not ended by then never will. */
const ENDS_WITHIN_MS = 40_000

interface Taken {
  readonly ms: number
  readonly servedMs: number
}

export const startGoodCaller = (url: string, pid: number): GoodCaller => {
  const leaving = new AbortController()
  const door: Door = { url, storedId: undefined }
  const faults: string[] = []
  const waitedMs = () => waitedMsOf(pid) + waitedMsOf(process.pid)
  const durations = new Map<string, Taken[]>()

  const loop = async ([kind, call]: (typeof KINDS)[number], offset: number) => {
    const taken: Taken[] = []
    durations.set(kind, taken)
    await sleep((offset * PAUSE_MS) / KINDS.length)
    for (let turn = 0; !leaving.signal.aborted; turn++) {
      const word = `w${offset}x${turn}z`
      const startedAt = performance.now()
      const waitedBefore = waitedMs()
      try {
        const wrong = await within(ENDS_WITHIN_MS, 'the call ends', call(door, word))
        faults.push(...wrong.map((fault) => `${kind}: ${fault}`))
      } catch (error) {
        faults.push(`${kind}: ${String(error)}`)
        await sleep(PAUSE_MS)
      }
      const ms = performance.now() - startedAt
      taken.push({ ms, servedMs: Math.max(0, ms - Math.max(0, waitedMs() - waitedBefore)) })
      await sleep(PAUSE_MS, undefined, { signal: leaving.signal }).catch(() => undefined)
    }
  }
  const loops = KINDS.map(loop)

  return {
    async stop() {
      leaving.abort()
      await Promise.all(loops)
      closeSockets()
      const kinds = [...durations].map(([kind, taken]) => [kind, toReport(taken)] as const)
      return { kinds: Object.fromEntries(kinds), faults }
    },
  }
}

const KINDS = Object.entries(GOOD_CALLS)

const toReport = (taken: readonly Taken[]): KindReport => {
  const sorted = taken.map(({ ms }) => ms).toSorted((one, other) => one - other)
  return {
    calls: taken.length,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    worstMs: sorted.at(-1) ?? 0,
    worstServedMs: Math.max(0, ...taken.map(({ servedMs }) => servedMs)),
  }
}
