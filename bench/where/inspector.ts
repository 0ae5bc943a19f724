/** Profiles a running Node program from outside, through its inspector: nothing in the program is changed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { Subject } from '../subject.ts'
import type { HeapNode, Profile } from './attribute.ts'

/** The same subject, its inspector open on a port that the system chooses. */
export const inspected = (subject: Subject): Subject => ({
  ...subject,
  launch(place) {
    const { command, env } = subject.launch!(place)
    return { command, env: { ...env, NODE_OPTIONS: '--inspect=127.0.0.1:0' } }
  },
})

export type Profiler<Seen> = { start(): Promise<void>; stop(): Promise<Seen> }

type Profilers = { time: Profiler<Profile>; heap: Profiler<HeapNode>; close(): void }

/** What is allocated between two samples, on average. */
const HEAP_INTERVAL_BYTES = 16 * 1024

/** @param folder where the subject's output is, in which Node says where its inspector listens. */
export const openProfilers = async (folder: string, intervalUs: number): Promise<Profilers> => {
  const output = readFileSync(join(folder, 'output.log'), 'utf8')
  const [, url] = /Debugger listening on (ws:\S+)/.exec(output) ?? []
  if (!url) throw new Error('no inspector is listening')
  const socket = new WebSocket(url, { maxPayload: 512 * 1024 * 1024 })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  let lastId = 0

  const ask = (method: string, params: object = {}) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++lastId
      const read = (data: Buffer) => {
        const answer = JSON.parse(data.toString()) as {
          id?: number
          result?: unknown
          error?: { message: string }
        }
        if (answer.id !== id) return
        socket.off('message', read)
        if (answer.error) reject(new Error(answer.error.message))
        else resolve(answer.result)
      }
      socket.on('message', read)
      socket.send(JSON.stringify({ id, method, params }))
    })

  await ask('Profiler.enable')
  await ask('Profiler.setSamplingInterval', { interval: intervalUs })
  return {
    time: {
      start: async () => void (await ask('Profiler.start')),
      stop: async () => ((await ask('Profiler.stop')) as { profile: Profile }).profile,
    },
    heap: {
      start: async () =>
        void (await ask('HeapProfiler.startSampling', {
          samplingInterval: HEAP_INTERVAL_BYTES,
          includeObjectsCollectedByMajorGC: true,
          includeObjectsCollectedByMinorGC: true,
        })),
      stop: async () => {
        const { profile } = (await ask('HeapProfiler.stopSampling')) as {
          profile: { head: HeapNode }
        }
        return profile.head
      },
    },
    close: () => socket.close(),
  }
}
