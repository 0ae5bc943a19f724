/** The process in which the well-behaved caller lives. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Command, Report } from './observer-child.ts'

export type { Report }

export interface Observer {
  /** Of the scripted upstream. */
  readonly upstreamUrl: string
  watch(url: string, pid: number): void
  report(): Promise<Report>
  close(): void
}

export const startObserver = async (): Promise<Observer> => {
  const child = fork(join(import.meta.dirname, 'observer-child.ts'))
  const [upstreamUrl] = (await once(child, 'message')) as [string]
  const tell = (command: Command) => void child.send(command)
  return {
    upstreamUrl,
    watch: (url, pid) => tell({ watch: url, pid }),
    async report() {
      const answer = once(child, 'message')
      tell({ report: true })
      const [report] = (await answer) as [Report]
      return report
    },
    close: () => void child.disconnect(),
  }
}
