/** Reads a port number. */
import { ConfigError } from './config-error.ts'

export const MAX_PORT = 65_535

/** @throws ConfigError, which names the source of the number. */
export const toPort = (text: string, source: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= MAX_PORT) return port
  throw new ConfigError(`${source} must be a port number from 0 to ${MAX_PORT}.`)
}
