/** Sluice in a child process, in front of the scripted upstream, with its complete log. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startUpstream } from '../tools/upstream/start.ts'
import { CALLER_KEY } from './mutants.ts'

export interface Stage {
  readonly url: string
  /** Of one body, and of all that are held. */
  readonly bodyBytes: number
  /** Why nothing more can be asked of it, once that is so. */
  readonly death: () => string | undefined
  /** How many sockets Sluice holds, and how many of them lead to the upstream. */
  sockets(): Promise<{ readonly all: number; readonly upstream: number }>
  /** What the upstream itself failed at since it was last asked: a fault of these tests. */
  upstreamFaults(): string[]
  /** Ends Sluice; then its log is complete. */
  close(): Promise<{ readonly log: string; readonly complaints: string }>
}

const BODY_BYTES = 8 * 1024 * 1024

export const startStage = async (): Promise<Stage> => {
  const upstream = await startUpstream()
  const child = fork(
    join(import.meta.dirname, 'sluice-child.ts'),
    [upstream.url, CALLER_KEY, String(BODY_BYTES)],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  const log = collect(child.stdout)
  const complaints = collect(child.stderr)
  let death: string | undefined
  const gone = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      death = `Sluice ended with ${signal ?? code}: ${complaints().slice(-2_000)}`
      resolve()
    })
  })
  const port = await answerOf(child, gone)

  return {
    url: `http://127.0.0.1:${port}`,
    bodyBytes: BODY_BYTES,
    death: () => death,
    async sockets() {
      const answer = answerOf(child, gone)
      child.send('sockets')
      return { all: await answer, upstream: upstream.openSockets() }
    },
    upstreamFaults: () =>
      upstream.calls
        .splice(0)
        .flatMap(({ refused }) => (refused?.startsWith('the upstream itself') ? [refused] : [])),
    async close() {
      child.kill('SIGTERM')
      await gone
      await upstream.close()
      return { log: log(), complaints: complaints() }
    },
  }
}

const answerOf = async (child: ChildProcess, gone: Promise<void>): Promise<number> => {
  const answer = once(child, 'message').then(([message]) => Number(message))
  return Promise.race([
    answer,
    gone.then(() => {
      throw new Error('Sluice has ended')
    }),
  ])
}

const collect = (stream: NodeJS.ReadableStream | null): (() => string) => {
  const pieces: string[] = []
  stream?.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece))
  return () => pieces.join('')
}
