/** Which headers are forwarded in a relayed call. */
import { filterHeaders, headerOf } from '#streams'
import { isCredentialHeader } from '../redaction/credential-headers.ts'

/** The headers of a stream that Sluice writes. */
export const EVENT_STREAM: readonly string[] = ['content-type', 'text/event-stream; charset=utf-8']

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

const NOT_FORWARDED = new Set([
  ...HOP_BY_HOP,
  // Written by us, or about the client's connection.
  'host',
  'content-length',
  'content-encoding',
  'accept-encoding',
  'expect',
  'origin',
  'referer',
  'forwarded',
])

const NOT_FORWARDED_PREFIX = /^(?:x-(?:forwarded|sluice)|sec-websocket)-/

/** The caller's credentials are for us. The upstream gets ours. */
const staysHere = (name: string): boolean =>
  NOT_FORWARDED.has(name) || NOT_FORWARDED_PREFIX.test(name) || isCredentialHeader(name)

const NOT_RETURNED = new Set([
  ...HOP_BY_HOP,
  'content-length',
  'set-cookie',
  'set-cookie2',
  'alt-svc',
  'strict-transport-security',
  // Node writes its own.
  'date',
])

const NOT_RETURNED_PREFIX = /^(?:access-control|x-sluice)-/

const staysThere = (name: string): boolean =>
  NOT_RETURNED.has(name) || NOT_RETURNED_PREFIX.test(name)

/** @param required headers to add if the client did not send them. */
export const toUpstreamHeaders = (
  rawHeaders: readonly string[],
  required: Readonly<Record<string, string>> = {},
): string[] => {
  const headers = select(rawHeaders, staysHere)
  headers.push('accept-encoding', 'identity')
  for (const [name, value] of [...Object.entries(required), JSON_BODY])
    if (!has(headers, name)) headers.push(name, value)
  return headers
}

const JSON_BODY: readonly [string, string] = ['content-type', 'application/json']

export const toClientHeaders = (rawHeaders: readonly string[]): string[] =>
  select(rawHeaders, staysThere)

const select = (rawHeaders: readonly string[], isLeft: (name: string) => boolean): string[] => {
  const named: string[] = []
  const selected: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    // Every Connection header may name others that end at this hop.
    if (name === 'connection') named.push(...toNames(rawHeaders[at + 1] ?? ''))
    else if (!isLeft(name)) selected.push(name, rawHeaders[at + 1] ?? '')
  }
  if (named.length === 0) return selected
  const ending = new Set(named)
  return filterHeaders(selected, (name) => !ending.has(name))
}

const toNames = (connection: string): string[] =>
  connection
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((name) => name !== '' && name !== 'keep-alive' && name !== 'close')

const has = (headers: readonly string[], name: string): boolean =>
  headerOf(headers, name) !== undefined

export const isEventStream = (rawHeaders: readonly string[]): boolean =>
  headerOf(rawHeaders, 'content-type')?.toLowerCase().startsWith('text/event-stream') ?? false
