/** Profiles a running Node program from outside, through its inspector: nothing in the program is changed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { Subject } from '../subject.ts'
import type { Profile } from './attribute.ts'

/** The same subject, its inspector open on a port that the system chooses. */
export const inspected = (subject: Subject): Subject => ({
  ...subject,
  launch(place) {
    const { command, env } = subject.launch!(place)
    return { command, env: { ...env, NODE_OPTIONS: '--inspect=127.0.0.1:0' } }
  },
})

export type Profiler = { start(): Promise<void>; stop(): Promise<Profile>; close(): void }

/** @param folder where the subject's output is, in which Node says where its inspector listens. */
export const openProfiler = async (folder: string, intervalUs: number): Promise<Profiler> => {
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
    start: async () => void (await ask('Profiler.start')),
    stop: async () => ((await ask('Profiler.stop')) as { profile: Profile }).profile,
    close: () => socket.close(),
  }
}
