/** Recognises a base URL that leads back to this process. */
import { hostname, networkInterfaces } from 'node:os'
import { isLoopback } from '#access'

/** The key that the banner shows for clients of a Sluice without keys. */
export const PLACEHOLDER_KEY = 'sluice'

export interface OwnAddress {
  readonly host: string
  readonly port: number
}

const EVERY_ADDRESS = new Set(['0.0.0.0', '::'])
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

export const isOwnAddress = (baseUrl: string, { host, port }: OwnAddress): boolean => {
  const url = new URL(baseUrl)
  if ((Number(url.port) || DEFAULT_PORTS[url.protocol]) !== port) return false
  const name = withoutBrackets(url.hostname)
  const own = withoutBrackets(host.toLowerCase())
  // On Linux the wildcard address, used as a destination, is this machine.
  if (name === own || EVERY_ADDRESS.has(name)) return true
  if (isLoopback(name)) return isLoopback(own) || EVERY_ADDRESS.has(own)
  return EVERY_ADDRESS.has(own) && isThisMachine(name)
}

const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

const isThisMachine = (name: string): boolean =>
  name === hostname().toLowerCase() ||
  Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === name),
  )
