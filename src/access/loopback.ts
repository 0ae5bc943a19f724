/** Tells addresses and names that never leave this machine. */
import { isIPv4 } from 'node:net'

const V4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** @param host a name or an address, IPv6 with or without brackets, no port. */
export const isLoopback = (host: string): boolean => {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (name === 'localhost' || name === '::1' || name.endsWith('.localhost')) return true
  const v4 = V4_MAPPED.exec(name)?.[1] ?? name
  return isIPv4(v4) && v4.startsWith('127.')
}

const HOST_HEADER = /^(\[[^\]]+\]|[^:]+)(?::\d+)?$/

export const isLoopbackHostHeader = (header: string | undefined): boolean => {
  const host = HOST_HEADER.exec(header ?? '')?.[1]
  return host !== undefined && isLoopback(host)
}
