import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { LiveHost } from '#stores'
import { createLink } from '#workers'
import { within } from '../app/within.ts'
import type { Work } from './taking-process.ts'

export interface TakingProcess {
  /** @returns how many were allowed. */
  take(work: Work): Promise<number>
  kill(): void
}

export const startTaking = (redisUrl: string): Promise<TakingProcess> =>
  startProcess([redisUrl], () => undefined)

/** It takes from what this process has. */
export const startTakingWorker = (host: LiveHost): Promise<TakingProcess> =>
  startProcess([], (child) => {
    const end = host.serve(createLink(child))
    child.once('exit', end)
  })

const startProcess = async (
  args: readonly string[],
  serve: (child: ChildProcess) => void,
): Promise<TakingProcess> => {
  const child = fork(fileURLToPath(new URL('taking-process.ts', import.meta.url)), args)
  serve(child)
  const kill = (): void => void child.kill('SIGKILL')
  onTestFinished(kill)
  const told = (): Promise<unknown> => within(100_000, 'the process answers', hear(child))
  await told()
  return {
    async take(work) {
      const answer = told()
      child.send(work)
      return Number(await answer)
    },
    kill,
  }
}

/** The next message that is no list: those are about live state. */
const hear = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => {
    const listen = (message: unknown): void => {
      if (Array.isArray(message)) return
      child.off('message', listen)
      resolve(message)
    }
    child.on('message', listen)
  })
