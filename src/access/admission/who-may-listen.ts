import { isLoopback } from './loopback.ts'

/**
 * Whether Sluice may listen at this address. Without keys or tokens it listens on this machine only.
 *
 * @param credentials everything that admits callers.
 */
export const mayListenAt = (host: string, credentials: readonly unknown[]): boolean =>
  credentials.length > 0 || isLoopback(host)
