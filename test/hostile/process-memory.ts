/** The memory of a process as the kernel counts it. */
import { readFileSync, writeFileSync } from 'node:fs'

/** What is resident now becomes the peak. */
const FORGET_PEAK = '5'

export const forgetPeak = (pid: number): void =>
  writeFileSync(`/proc/${pid}/clear_refs`, FORGET_PEAK)

/** The peak of resident memory since then, in MB; undefined if the process has ended. */
export const peakMbOf = (pid: number): number | undefined => {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return peak === undefined ? undefined : Number(peak) / 1024
  } catch {
    return undefined
  }
}
