/** What a process has open and holds, as the kernel counts it. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface Outside {
  readonly residentBytes: number
  readonly threads: number
  readonly sockets: number
  readonly pipes: number
  readonly files: number
  /** Timers and queues of the event loop, and whatever else is no file. */
  readonly others: number
}

const readStatus = (pid: number, name: string): number =>
  Number(
    new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1],
  )

const kindOf = (link: string): 'sockets' | 'pipes' | 'files' | 'others' => {
  if (link.startsWith('socket:')) return 'sockets'
  if (link.startsWith('pipe:')) return 'pipes'
  return link.startsWith('/') ? 'files' : 'others'
}

export const lookAt = (pid: number): Outside => {
  const open = { sockets: 0, pipes: 0, files: 0, others: 0 }
  for (const descriptor of readdirSync(`/proc/${pid}/fd`))
    try {
      open[kindOf(readlinkSync(`/proc/${pid}/fd/${descriptor}`))]++
    } catch {
      // It was closed meanwhile.
    }
  return {
    residentBytes: readStatus(pid, 'VmRSS') * 1024,
    threads: readStatus(pid, 'Threads'),
    ...open,
  }
}

/** The sizes of the files in a folder. */
export const sizesIn = (folder: string): ReadonlyMap<string, number> =>
  new Map(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]))
