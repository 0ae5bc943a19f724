/** Another process that shares a Redis, which a test may stop and kill. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { within } from '../../app/within.ts'

export interface ReplicaProcess {
  readonly self: string
  /** What it said, line by line. */
  readonly said: readonly string[]
  kill(): void
  /** It stands still. */
  stop(): void
  go(): void
}

/** @param names what it owns. */
export const startReplica = async (
  redisUrl: string,
  names: readonly string[],
): Promise<ReplicaProcess> => {
  const path = fileURLToPath(new URL('replica-process.ts', import.meta.url))
  const child = fork(path, [redisUrl, ...names])
  const said: string[] = []
  const kill = (): void => void child.kill('SIGKILL')
  onTestFinished(kill)
  const ready = new Promise<string>((resolve) => {
    child.on('message', (line: string) => {
      said.push(line)
      if (line.startsWith('ready ')) resolve(line.slice('ready '.length))
    })
  })
  return {
    self: await within(20_000, 'the process is ready', ready),
    said,
    kill,
    stop: () => void child.kill('SIGSTOP'),
    go: () => void child.kill('SIGCONT'),
  }
}
