import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { within } from '../app/within.ts'
import type { Work } from './taking-process.ts'

export interface TakingProcess {
  /** @returns how many were allowed. */
  take(work: Work): Promise<number>
  kill(): void
}

export const startTaking = async (redisUrl: string): Promise<TakingProcess> => {
  const child = fork(fileURLToPath(new URL('taking-process.ts', import.meta.url)), [redisUrl])
  const kill = (): void => void child.kill('SIGKILL')
  onTestFinished(kill)
  const told = (): Promise<unknown[]> =>
    within(100_000, 'the process answers', once(child, 'message'))
  await told()
  return {
    async take(work) {
      const answer = told()
      child.send(work)
      return Number((await answer)[0])
    },
    kill,
  }
}
