/** Client and upstream speak the same protocol: bytes pass untouched, and a tap beside them reads the usage. */
import { isJsonObject } from '#model'
import type { Protocol } from '#protocols'
import { type ByteString, fromByteString } from '#streams'
import type { GatewayCall } from './call.ts'
import { applyEdits, type Edit, type Envelope } from './envelope.ts'
import type { Lane, LaneStream } from './lane.ts'
import { toClientHeaders, toUpstreamHeaders } from './relay-headers.ts'
import { askForUsage, createUsageStripper } from './usage-injection.ts'

export const createRelayLane = (
  call: GatewayCall,
  envelope: Envelope,
  target: { readonly model: string; readonly injectUsage: boolean },
): Lane => {
  const { protocol } = call
  const askedForUsage =
    target.injectUsage && envelope.stream ? askForUsage(protocol, call.body, envelope) : undefined
  const foreign = protocol.findForeign?.(call.body) ?? []
  const edits = [
    call.named ? undefined : toModelEdit(envelope, target.model),
    askedForUsage,
    ...foreign.map((span) => ({ ...span, json: '' })),
  ].filter((edit) => edit !== undefined)

  return {
    kind: 'relay',
    protocol,
    path: call.toPath(target.model) + withoutKey(call.query),
    headers: toUpstreamHeaders(call.rawHeaders, protocol.requiredHeaders),
    body: applyEdits(call.body, edits),
    dropped: [],
    openStream: () => openRelay(call, askedForUsage !== undefined),
    convert({ bytes }) {
      const usage = readUsage(protocol, bytes)
      return { body: bytes, usage: usage ?? {}, outputCharacters: bytes.length }
    },
    toClientHeaders,
  }
}

const openRelay = (call: GatewayCall, stripUsage: boolean): LaneStream => {
  const { protocol } = call
  const tap = protocol.createTap()
  const stripper = stripUsage ? createUsageStripper() : undefined
  let taken: ByteString = ''

  return {
    push(bytes) {
      tap.push(bytes)
      taken += stripper ? stripper.push(bytes) : bytes
    },
    end() {
      tap.end()
      if (stripper) taken += stripper.end()
    },
    take() {
      const bytes = taken
      taken = ''
      return bytes
    },
    get started() {
      return tap.started
    },
    get finished() {
      return tap.finished
    },
    get error() {
      return tap.error
    },
    // Half an event is ended first, so that the error is not taken for the rest of it.
    encodeError: (error) =>
      (tap.midEvent ? '\n\n' : '') + protocol.encodeStreamError(error, call.requestId, tap.context),
    get usage() {
      return tap.usage
    },
    get outputCharacters() {
      return tap.outputCharacters
    },
  }
}

const toModelEdit = ({ model: asked, members }: Envelope, model: string): Edit | undefined => {
  if (model === asked) return undefined
  const member = members.find(({ key }) => key === 'model')
  return member && { start: member.start, end: member.end, json: JSON.stringify(model) }
}

const withoutKey = (query: string): string => {
  const pairs = query.slice(1).split('&')
  const kept = pairs.filter((pair) => !namesKey(pair))
  if (kept.length === pairs.length) return query
  return kept.length > 0 ? `?${kept.join('&')}` : ''
}

/** However it is spelt: `k%65y` is the same to an upstream. */
const namesKey = (pair: string): boolean =>
  /^(?:k|%)/i.test(pair) && new URLSearchParams(pair).has('key')

const readUsage = (protocol: Protocol, answer: ByteString) => {
  try {
    const body: unknown = JSON.parse(fromByteString(answer))
    return isJsonObject(body) ? protocol.decodeUsage(body) : undefined
  } catch {
    // Not ours to judge: the client gets what the upstream said.
    return undefined
  }
}
