import { isLoopback } from './loopback.ts'

/** Whether Sluice may listen at this address. Without keys it listens on this machine only. */
export const mayListenAt = (host: string, keys: readonly string[]): boolean =>
  keys.length > 0 || isLoopback(host)
