/** Recognises addresses and names that never leave this machine. */
import { isIPv4, isIPv6 } from 'node:net'

const V4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * Browsers and resolvers map every name below localhost to this machine (RFC 6761) if it is a valid name: labels of
 * letters, digits and hyphens, and the underscores of container names. Anything else may be resolved elsewhere.
 */
const LOCAL_NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){0,126}localhost$/
const MAX_NAME_CHARACTERS = 253

/** @param host a name or an address, IPv6 with or without brackets, no port. */
export const isLoopback = (host: string): boolean => {
  const bracketed = /^\[(.*)\]$/.exec(host)?.[1]
  const name = (bracketed ?? host).toLowerCase()
  if (bracketed !== undefined && !isIPv6(name)) return false
  if (name === '::1') return true
  if (name.length <= MAX_NAME_CHARACTERS && LOCAL_NAME.test(name)) return true
  const v4 = V4_MAPPED.exec(name)?.[1] ?? name
  return isIPv4(v4) && v4.startsWith('127.')
}

const HOST_HEADER = /^(\[[^\]]+\]|[^:]+)(?::\d{1,5})?$/

export const isLoopbackHostHeader = (header: string | undefined): boolean => {
  const host = HOST_HEADER.exec(header ?? '')?.[1]
  return host !== undefined && isLoopback(host)
}
