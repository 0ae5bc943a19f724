/** A worker, as the first process sees it. */
import { type ChildProcess, fork } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Taker } from './hand-out.ts'
import { createLink, type Link } from './link.ts'
import { readLines } from './log-lines.ts'

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface WorkerProcess extends Taker {
  readonly id: number
  readonly pid: number | undefined
  readonly link: Link
  /** What the worker says when it can be used. Rejects with a `FailedStart` if it ends before that. */
  readonly ready: Promise<unknown>
  /** When it has ended and everything that it wrote has been read. */
  readonly ended: Promise<Ending>
  kill(signal: NodeJS.Signals): void
}

export class FailedStart extends Error {
  override readonly name = 'FailedStart'
  readonly ending: Ending
  constructor(ending: Ending) {
    super('A worker ended before it was ready.')
    this.ending = ending
  }
}

export interface ForkOptions {
  readonly id: number
  /** Variables besides those of this process. */
  readonly env: Readonly<Record<string, string>>
  readonly writeLog: (line: string) => void
}

/** Runs this program once more. */
export const forkWorker = ({ id, env, writeLog }: ForkOptions): WorkerProcess => {
  const child = fork(process.argv[1] ?? '', process.argv.slice(2), {
    // What is written by several processes at the same time would be mixed.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  })
  if (child.stdout) readLines(child.stdout, writeLog)
  const link = createLink(child)
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
    // It was never started.
    child.once('error', () => child.pid === undefined && resolve({ code: 1, signal: null }))
  })
  return {
    id,
    pid: child.pid,
    link,
    ready: toReady(link, ended),
    ended,
    give: (number, door, socket) => give(child, { number, door }, socket),
    kill: (signal) => void child.kill(signal),
  }
}

const toReady = (link: Link, ended: Promise<Ending>): Promise<unknown> => {
  const ready = new Promise<unknown>((resolve, reject) => {
    link.on('ready', ([facts]) => resolve(facts))
    void ended.then((ending) => reject(new FailedStart(ending)))
  })
  // Whoever waits for it is told; nobody has to.
  ready.catch(() => undefined)
  return ready
}

const give = (child: ChildProcess, given: object, socket: Socket): void => {
  if (!child.connected) return
  // It stays open here until the worker confirms it.
  child.send(given, socket, { keepOpen: true }, () => undefined)
}
