/** Looks on while a measure runs: the profile of its main thread, and what each thread spent in all. */
import { threadCpuUsOf } from '../process-tree.ts'
import type { Setting } from '../setting.ts'
import type { Profiler } from './inspector.ts'

/** CPU time in the window that was watched. */
export type Threads = { mainUs: number; collectorUs: number; profilerUs: number; otherUs: number }

/** How many there were in that window, where one cost so much in all threads. */
export const unitsIn = (threads: Threads, unitUs: number): number =>
  (threads.mainUs + threads.collectorUs + threads.profilerUs + threads.otherUs) / unitUs

type Watch<Seen> = NonNullable<Setting['watch']> & {
  seen(): { profile: Seen; threads: Threads }
}

/** By the names that Node and V8 give to them. */
const COLLECTOR = /V8Worker/
const PROFILER = /Prof|Inspector|inspector/

export const createWatch = <Seen>(pid: number, profiler: Profiler<Seen>): Watch<Seen> => {
  let before = new Map<string, number>()
  let profile: Seen | undefined
  const threads: Threads = { mainUs: 0, collectorUs: 0, profilerUs: 0, otherUs: 0 }

  const kindOf = (thread: string): keyof Threads => {
    if (thread.startsWith(`${pid} `)) return 'mainUs'
    if (COLLECTOR.test(thread)) return 'collectorUs'
    return PROFILER.test(thread) ? 'profilerUs' : 'otherUs'
  }

  return {
    async begin() {
      await profiler.start()
      before = threadCpuUsOf(pid)
    },
    async end() {
      const after = threadCpuUsOf(pid)
      for (const [thread, us] of after) threads[kindOf(thread)] += us - (before.get(thread) ?? 0)
      profile = await profiler.stop()
    },
    seen() {
      if (!profile) throw new Error('nothing was watched')
      return { profile, threads }
    },
  }
}
