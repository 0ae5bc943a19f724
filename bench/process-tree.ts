/** CPU time and memory of a process and all its descendants, read from /proc. */
import { readdirSync, readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const PPID = 1
const UTIME = 11
const CPU_FIELDS = 4

/** The fields of a `stat` in /proc after the command's name, which may itself hold blanks. */
const statOf = (process: number | string): string[] => {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

const treeOf = (root: number): number[] => {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!pid) continue
    const parent = Number(statOf(pid)[PPID])
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []))
  return tree
}

/** The processes that were started by this one, and those that they started. */
export const childrenOf = (root: number): number[] => treeOf(root).slice(1)

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

/** utime, stime and those of children that have ended, in microseconds. */
export const cpuUsOf = (root: number): number => {
  const ticks = treeOf(root).map((pid) =>
    sum(
      statOf(pid)
        .slice(UTIME, UTIME + CPU_FIELDS)
        .map(Number),
    ),
  )
  return (sum(ticks) / TICKS_PER_SECOND) * 1e6
}

/** The same of each thread of one process, children left out, by the thread's number and name. */
export const threadCpuUsOf = (pid: number): Map<string, number> =>
  new Map(
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const task = `${pid}/task/${thread}`
      const name = readFileSync(`/proc/${task}/comm`, 'latin1').trim()
      const ticks = statOf(task)
        .slice(UTIME, UTIME + 2)
        .map(Number)
      return [`${thread} ${name}`, (sum(ticks) / TICKS_PER_SECOND) * 1e6]
    }),
  )

export const rssMbOf = (root: number): number => {
  const kilobytes = treeOf(root).map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0)
  })
  return sum(kilobytes) / 1024
}

/** The same time of one process as the scheduler counts it, in nanoseconds: exact enough for a second of work. */
export const cpuNsOf = (pid: number): number =>
  sum(
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      try {
        return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0])
      } catch {
        // The thread has just ended.
        return 0
      }
    }),
  )
