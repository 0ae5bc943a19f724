/** What a call wants of the cache. */
import type { Reference } from '#protocols'
import { headerOf } from '#streams'
import type { GatewayCall } from '../call.ts'
import { type Envelope, isStoredUpstream, jsonOf } from '../request/envelope.ts'

/** `refresh` asks an upstream, and keeps its answer in place of the earlier one. */
export type Wish = 'use' | 'refresh' | 'bypass'

/** A larger request is rarely sent twice, and its key would delay the calls of others. */
const MAX_KEYED_BYTES = 256 * 1024

/** @param asked the call before what it only names was inserted. */
export const wishOf = (asked: GatewayCall, call: GatewayCall, envelope: Envelope): Wish => {
  const control = directivesOf(call.rawHeaders)
  if (
    control.includes('no-store') ||
    call.body.length > MAX_KEYED_BYTES ||
    // A socket has turns of its own, which refer to each other.
    call.inFrames ||
    call.body !== asked.body ||
    hasState(call, envelope)
  )
    return 'bypass'
  return control.includes('no-cache') ? 'refresh' : 'use'
}

const directivesOf = (rawHeaders: readonly string[]): readonly string[] =>
  headerOf(rawHeaders, 'cache-control')
    ?.toLowerCase()
    .split(/[\s,]+/) ?? []

/** Fields that name what is kept at an upstream, and may change there or be deleted. */
const NAMES_STATE: ReadonlySet<string> = new Set(['container', 'cachedContent', 'cached_content'])

/** Whether later calls may come back to the answer, or the call comes back to an earlier one. */
const hasState = (call: GatewayCall, envelope: Envelope): boolean => {
  const { protocol, body } = call
  const has = (key: string, json: string) => jsonOf(call, envelope, key, 8) === json
  return (
    isStoredUpstream(call, envelope) ||
    has('background', 'true') ||
    envelope.members.some(({ key }) => NAMES_STATE.has(key) && !has(key, 'null')) ||
    (protocol.findReferences?.(body, envelope.members, true) ?? []).some(isLookedUp)
  )
}

/** An item that is there completely has an id, too, but nothing is looked up by it. A container is. */
const isLookedUp = ({ kind, param }: Reference): boolean => kind !== 'mention' || param === 'tools'
