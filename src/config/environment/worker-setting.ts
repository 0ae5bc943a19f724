/** Reads how many workers there are. */
import { availableParallelism } from 'node:os'
import { ConfigError } from '../config-error.ts'
import { MAX_WORKERS } from '../largest.ts'

/** `auto`: as many as this machine has cores for this process. */
export type WorkerSetting = number | 'auto'

/** @throws ConfigError, which names the source of the setting. */
export const toWorkerSetting = (text: string, source: string): WorkerSetting => {
  if (text === 'auto') return text
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MAX_WORKERS) return count
  throw new ConfigError(`${source} must be auto, or a whole number from 1 to ${MAX_WORKERS}.`)
}

export const toWorkerCount = (setting: WorkerSetting): number =>
  setting === 'auto' ? Math.min(MAX_WORKERS, availableParallelism()) : setting
