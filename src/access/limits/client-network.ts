/** Where a call comes from. Proxies that are trusted may say so; everybody else is taken by their own address. */
import { BlockList, isIP } from 'node:net'

/** The network of a client: its address, or for IPv6 the first half, which is the part assigned to one customer. */
export type FindNetwork = (peer: string | undefined, forwardedFor: string | undefined) => string

/** @param trusted addresses and CIDR blocks of proxies whose `X-Forwarded-For` counts. */
export const createNetworkFinder = (trusted: readonly string[]): FindNetwork => {
  if (trusted.length === 0) return (peer = '') => toNetwork(peer)
  const proxies = toBlockList(trusted)
  const isTrusted = (address: string): boolean => {
    const plain = toPlain(address)
    const version = isIP(plain)
    return version !== 0 && proxies.check(plain, version === 4 ? 'ipv4' : 'ipv6')
  }

  return (peer = '', forwardedFor) => {
    if (forwardedFor === undefined || !isTrusted(peer)) return toNetwork(peer)
    // Each proxy appends the address that it saw, so only what trusted proxies appended can be believed.
    let client = peer
    let end = forwardedFor.length
    for (let hops = 0; end > 0 && hops < MAX_PROXIES; hops++) {
      const comma = forwardedFor.lastIndexOf(',', end - 1)
      const hop = readAddress(forwardedFor.slice(comma + 1, end))
      if (hop === undefined) break
      client = hop
      if (!isTrusted(hop)) break
      end = comma
    }
    return toNetwork(client)
  }
}

/** A client may write as many trusted addresses into the header as fit. */
const MAX_PROXIES = 32

/** `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711` */
const readAddress = (text: string): string | undefined => {
  const entry = text.trim()
  // The longest address has 45 characters, with a port and its brackets 53.
  if (entry.length > MAX_ADDRESS_CHARACTERS) return undefined
  const [, bracketed, plain = entry] =
    /^(?:\[([^\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(entry) ?? []
  const address = bracketed ?? plain
  return isIP(address) === 0 ? undefined : address
}

const MAX_ADDRESS_CHARACTERS = 64

const CIDR = /^([^/]+)\/(\d{1,3})$/

/** Undefined if it is neither an address nor a CIDR block. */
export const toBlock = (
  text: string,
): { readonly address: string; readonly prefix: number } | undefined => {
  const [, address = text, bits] = CIDR.exec(text) ?? []
  const version = address.includes('%') ? 0 : isIP(address)
  const longest = version === 4 ? 32 : 128
  const prefix = bits === undefined ? longest : Number(bits)
  return version === 0 || prefix > longest ? undefined : { address, prefix }
}

const toBlockList = (trusted: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const text of trusted) {
    const block = toBlock(text)
    if (block)
      list.addSubnet(block.address, block.prefix, isIP(block.address) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/** IPv4 in IPv6 becomes IPv4, and a zone is left out. */
const toPlain = (address: string): string => {
  const [plain = ''] = address.split('%')
  return V4_MAPPED.exec(plain)?.[1] ?? plain
}

const V4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

export const toNetwork = (address: string): string => {
  const plain = toPlain(address)
  if (!plain.includes(':')) return plain
  const groups = toGroups(plain)
  // `::ffff:7f00:1` is an IPv4 address, too.
  return groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
    ? toIpv4(groups.slice(6))
    : groups.slice(0, 4).join(':')
}

/** The eight groups of an IPv6 address. */
const toGroups = (address: string): string[] => {
  const [head = '', tail] = address.split('::')
  const before = split(head)
  if (tail === undefined) return before
  const after = split(tail)
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after]
}

/** The last two groups may be written as an IPv4 address. */
const split = (text: string): string[] =>
  text === ''
    ? []
    : text
        .split(':')
        .flatMap((group) =>
          group.includes('.') ? toHexGroups(group) : [group.replace(/^0+(?=.)/, '').toLowerCase()],
        )

const toHexGroups = (ipv4: string): string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  return [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16))
}

const toIpv4 = (groups: readonly string[]): string =>
  groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 255])
    .join('.')
