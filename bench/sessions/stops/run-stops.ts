/** Stops answers, again and again, in a few sessions at a time, and says when each was stopped. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from '../../worker.ts'
import { createCaller, openSocket, type Reader } from '../readers.ts'
import { type Moment, type Origin, toPath } from './doors.ts'

export type StopsWanted = {
  /** The door of the one who asks. */
  door: string
  /** From where it is stopped. */
  origin: Origin
  moment: Moment
  count: number
  port: number
  /** The port of another process. */
  otherPort?: number | undefined
}

/** `doneMs`: when a message that waited was seen to be gone. */
export type Stop = { name: string; atMs: number; doneMs?: number }

const LANES = 10
/** The upstream is reached within this time. */
const REACHED_MS = 20
const SPREAD_MS = 30
const PATIENCE_MS = 5000
/** Fewer messages than a model is sent of the history. */
const TURNS_OF_SESSION = 20

type Frame = { type: string; message_id?: string }
type Watcher = {
  /** Resolves with the time of the next frame of this type. */
  next(type: string): Promise<number>
  send(command: object): void
  close(): void
}

const toBytes = (command: object): Buffer => Buffer.from(JSON.stringify(command))

/** Sees everything that happens in the session. */
const openWatcher = async (port: number, id: string): Promise<Watcher> => {
  const waiting = new Map<string, (atMs: number) => void>()
  const socket = openSocket(
    { port, path: `/ws/session/${id}` },
    (text) => {
      const { type } = JSON.parse(text.toString()) as Frame
      const resolve = waiting.get(type)
      waiting.delete(type)
      resolve?.(nowMs())
    },
    () => undefined,
  )
  await socket.ready
  return {
    next: (type) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${type} in ${id}`)), PATIENCE_MS)
        waiting.set(type, (atMs) => {
          clearTimeout(timer)
          resolve(atMs)
        })
      }),
    send: (command) => socket.send(toBytes(command)),
    close: socket.close,
  }
}

let runs = 0

export const runStops = async (wanted: StopsWanted): Promise<Stop[]> => {
  const { door, origin, moment, count, port, otherPort = port } = wanted
  const caller = createCaller(port, LANES)
  const stops: Stop[] = []
  const run = ++runs

  const openDoor = async (id: string, at: number): Promise<Reader> => {
    const socket = openSocket(
      { port: at, path: toPath(door, id) },
      () => undefined,
      () => undefined,
    )
    await socket.ready
    return socket
  }

  const stopInSession = async (id: string, times: number): Promise<void> => {
    const watcher = await openWatcher(port, id)
    const asker = await openDoor(id, port)
    const other = await openDoor(id, origin === 'another replica' ? otherPort : port)

    const stop = (runId?: string): void => {
      const command = runId === undefined ? {} : { run_id: runId }
      if (origin === 'REST') void caller.ask(`/api/sessions/${id}/cancel`, command)
      else
        (origin === 'the same socket' ? asker : other).send(toBytes({ type: 'cancel', ...command }))
    }
    const ask = async (content: string): Promise<void> => {
      const begun = watcher.next('run_start')
      asker.send(toBytes({ type: 'message', content }))
      await begun
    }

    const stopWaiting = async (name: string): Promise<Stop> => {
      await ask(`ask-${name}h tokens=0 pace=1`)
      const content = `ask-${name} tokens=0 pace=1`
      const queued = await caller.ask(`/api/sessions/${id}/messages`, { content })
      const gone = watcher.next('dequeued')
      const atMs = nowMs()
      stop((JSON.parse(queued) as { message_id: string }).message_id)
      const doneMs = await gone
      const ended = watcher.next('run_end')
      watcher.send({ type: 'cancel' })
      await ended
      return { name, atMs, doneMs }
    }
    const stopRunning = async (name: string): Promise<Stop> => {
      if (moment === 'in the middle') {
        const token = watcher.next('token')
        await ask(`ask-${name} tokens=1000 pace=50`)
        await token
      } else await ask(`ask-${name} tokens=0 pace=1`)
      await sleep(REACHED_MS + Math.random() * SPREAD_MS)
      const ended = watcher.next('run_end')
      const atMs = nowMs()
      stop()
      await ended
      return { name, atMs }
    }

    for (let turn = 0; turn < times; turn++) {
      const name = `${id}.${turn}`
      stops.push(await (moment === 'while it waits' ? stopWaiting(name) : stopRunning(name)))
    }
    for (const each of [watcher, asker, other]) each.close()
  }

  const lanes = Array.from({ length: Math.min(LANES, count) }, async (_, lane) => {
    let left = Math.ceil((count - lane) / LANES)
    for (let session = 0; left > 0; session++) {
      const times = Math.min(left, TURNS_OF_SESSION)
      await stopInSession(`stop-${run}-${lane}-${session}`, times)
      left -= times
    }
  })
  try {
    await Promise.all(lanes)
  } finally {
    caller.close()
  }
  return stops
}
