/** How long the main thread of a process could have run and had no processor, as the kernel counts it. */
import { readFileSync } from 'node:fs'

/** 0 where the kernel does not tell. */
export const waitedMsOf = (pid: number): number => {
  try {
    const [, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')
    return Number(waitedNs) / 1e6
  } catch {
    return 0
  }
}
