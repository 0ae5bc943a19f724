/** Sluice in its own process, so that its memory is separate from the test's. */
import { fork } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { within } from '../app/within.ts'

export interface Footprint {
  /** As the system counts. */
  readonly residentBytes: number
  /** Reachable, on V8's heap and outside of it. */
  readonly liveBytes: number
}

export interface SluiceChild {
  readonly url: string
  measure(): Promise<Footprint>
  /** Sockets that it has open, those that listen included. */
  openSockets(): number
  close(): Promise<void>
}

interface ChildOptions {
  /** Through which TLS upstreams are reached. */
  readonly httpsProxy?: string
  readonly environment?: Readonly<Record<string, string>>
}

export const startChild = async (
  upstreamUrl: string,
  { httpsProxy = '', environment = {} }: ChildOptions = {},
): Promise<SluiceChild> => {
  const child = fork(
    fileURLToPath(new URL('serve-child.ts', import.meta.url)),
    [upstreamUrl, httpsProxy],
    {
      env: { ...process.env, ...environment },
      // As `npm start` runs it.
      execArgv: ['--max-semi-space-size=4', '--expose-gc'],
    },
  )
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  const told = (): Promise<number> =>
    within(
      30_000,
      'the child answers',
      new Promise((resolve) => {
        child.once('message', (message) => resolve(Number(message)))
      }),
    )
  const port = await told()

  return {
    url: `http://127.0.0.1:${port}`,
    async measure() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      const residentBytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
      const live = told()
      child.send('measure')
      return { residentBytes, liveBytes: await live }
    },
    openSockets: () =>
      readdirSync(`/proc/${child.pid}/fd`).filter((name) =>
        isSocket(`/proc/${child.pid}/fd/${name}`),
      ).length,
    async close() {
      child.kill()
      await exited
    },
  }
}

const isSocket = (path: string): boolean => {
  try {
    return readlinkSync(path).startsWith('socket:')
  } catch {
    // It was closed in between.
    return false
  }
}
