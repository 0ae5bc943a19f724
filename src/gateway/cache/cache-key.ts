/** The name of an answer in the cache. Whatever may change the answer is part of it. */
import { createHash } from 'node:crypto'
import { scopeOf } from '#access'
import type { Target } from '#router'
import { toCanonicalJson } from '#streams'
import type { GatewayCall } from '../call.ts'
import { createHeaderNames } from '../lanes/header-names.ts'
import { toUpstreamHeaders } from '../lanes/relay-headers.ts'

/** Counts up when what is kept changes its form. */
const VERSION = 1

/** Forwarded, but about the client, the connection or one single request: they do not change an answer. */
const IRRELEVANT = new Set([
  'user-agent',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'pragma',
  'content-type',
  'date',
  'dnt',
  'priority',
  'traceparent',
  'tracestate',
  'baggage',
  'idempotency-key',
  'x-idempotency-key',
  'x-request-id',
  'x-client-request-id',
  'x-correlation-id',
])

const IRRELEVANT_PREFIX = /^(?:x-stainless|sec)-/

const relevant = createHeaderNames((name) => !IRRELEVANT.has(name) && !IRRELEVANT_PREFIX.test(name))

/** Undefined if the body is no JSON. */
export const keyOf = (call: GatewayCall, targets: readonly Target[]): string | undefined => {
  const { caller, route, protocol, askedIn, named, query, body, rawHeaders } = call
  const json = toCanonicalJson(body.toString('utf8'))
  if (json === undefined) return undefined
  const parts = [
    VERSION,
    scopeOf(caller),
    route,
    protocol.name,
    askedIn?.name ?? null,
    named?.model ?? null,
    named?.stream ?? null,
    query,
    // In any order: it may be another one for each call.
    targets.map(toText).toSorted(),
    headersOf(rawHeaders),
  ]
  return createHash('sha256')
    .update(`${JSON.stringify(parts)}\n${json}`)
    .digest('hex')
}

/** A provider of one name may have moved. */
const toText = ({ provider, model }: Target): string =>
  `${provider.kind === 'http' ? provider.origin : ''} ${provider.name}/${model}`

/** What an upstream of the same protocol would be sent, by name. */
const headersOf = (rawHeaders: readonly string[]): readonly (readonly string[])[] => {
  const sent = toUpstreamHeaders(rawHeaders)
  const found: (readonly [string, string])[] = []
  for (let at = 0; at + 1 < sent.length; at += 2) {
    const { name, passes } = relevant(sent[at] ?? '')
    if (passes) found.push([name, sent[at + 1] ?? ''])
  }
  return found.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
}
