/** Which headers are forwarded in a relayed call. */
import { filterHeaders, headerOf } from '#streams'
import { isCredentialHeader } from '../redaction/credential-headers.ts'
import { isSteeringHeader } from '../redaction/steering-headers.ts'
import { createHeaderNames, type HeaderNames } from './header-names.ts'

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
  // Divides the callers of this gateway.
  'x-user-id',
])

const NOT_FORWARDED_PREFIX = /^(?:x-(?:forwarded|sluice)|sec-websocket)-/

/** The caller's credentials are for us. The upstream gets ours. */
const forwarded = createHeaderNames(
  (name) =>
    !NOT_FORWARDED.has(name) &&
    !NOT_FORWARDED_PREFIX.test(name) &&
    !isCredentialHeader(name) &&
    !isSteeringHeader(name),
)

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

const returned = createHeaderNames(
  (name) => !NOT_RETURNED.has(name) && !NOT_RETURNED_PREFIX.test(name),
)

const TRACE_CONTEXT = new Set(['traceparent', 'tracestate', 'baggage'])

/**
 * Adds our headers to those of a lane. If the call is traced, the upstream is a part of our trace: it gets the context of
 * its attempt in place of the client's. Baggage is for the client's own services.
 */
export const withOwn = (headers: readonly string[], own: readonly string[]): string[] => {
  if (headerOf(own, 'traceparent') === undefined) return [...headers, ...own]
  return [...filterHeaders(headers, (name) => !TRACE_CONTEXT.has(name.toLowerCase())), ...own]
}

/** @param required headers to add if the client did not send them. */
export const toUpstreamHeaders = (
  rawHeaders: readonly string[],
  required: Readonly<Record<string, string>> = {},
): string[] => {
  const headers = select(rawHeaders, forwarded)
  headers.push('accept-encoding', 'identity')
  for (const name in required) addMissing(headers, name, required[name] ?? '')
  addMissing(headers, 'content-type', 'application/json')
  return headers
}

const addMissing = (headers: string[], name: string, value: string): void => {
  if (headerOf(headers, name) === undefined) headers.push(name, value)
}

export const toClientHeaders = (rawHeaders: readonly string[]): string[] =>
  select(rawHeaders, returned)

const select = (rawHeaders: readonly string[], names: HeaderNames): string[] => {
  let ending: Set<string> | undefined
  const selected: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const { name, passes } = names(rawHeaders[at] ?? '')
    // Every Connection header may name others that end at this hop.
    if (name === 'connection')
      for (const named of toNames(rawHeaders[at + 1] ?? '')) (ending ??= new Set()).add(named)
    else if (passes) selected.push(name, rawHeaders[at + 1] ?? '')
  }
  if (!ending) return selected
  const left = ending
  return filterHeaders(selected, (name) => !left.has(name))
}

const toNames = (connection: string): string[] =>
  connection
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((name) => name !== '' && name !== 'keep-alive' && name !== 'close')

export const isEventStream = (rawHeaders: readonly string[]): boolean =>
  headerOf(rawHeaders, 'content-type')?.toLowerCase().startsWith('text/event-stream') ?? false
