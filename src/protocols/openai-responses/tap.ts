/** Watches a relayed Responses stream. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import { fromByteString } from '#streams'
import type { StreamTap } from '../protocol.ts'
import { ANNOUNCEMENT, createEventTap, type EventReport } from '../answers/tap.ts'
import { toRunningUsage } from '../tokens/running-usage.ts'
import { findFaultInText } from '../answers/stream-faults.ts'
import { decodeStreamError, findFault } from './errors.ts'
import { decodeEnding, decodeFacts, isCancelled } from './finish-reasons.ts'
import { givenIds, idsOf } from './state/references.ts'
import { decodeUsage } from './usage.ts'

/** Fields that differ in every event. */
export const VARYING_KEYS = ['sequence_number', 'obfuscation']

const TERMINATORS = new Set(['response.completed', 'response.incomplete'])

/** A cancelled response ends with either of these, depending on the server. */
const FAILURE_EVENTS = new Set(['response.failed', 'response.cancelled'])

const ENDS = new Set([...TERMINATORS, ...FAILURE_EVENTS])

/** Before the first item of the answer. */
const ANNOUNCEMENTS = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
  'keepalive',
  'ping',
])

/** The fields of the started answer that a failure event must repeat to belong to it. */
const IDENTITY = ['id', 'object', 'created_at', 'model', 'background'] as const

export const createTap = (): StreamTap => {
  let response: JsonObject | undefined
  // The difference is constant, even if the stream was resumed in the middle.
  let ahead = 0
  let given: string[] = []

  return createEventTap({
    varying: VARYING_KEYS,
    read(data, name, index) {
      const event = parseObject(fromByteString(data))
      if (!event) {
        const fault = findFaultInText(data, name)
        if (fault) return fault
        // It has no number, so the next event follows the one before it.
        ahead--
        return ANNOUNCEMENT
      }
      if (typeof event.sequence_number === 'number') ahead = event.sequence_number - index
      if (!response && isJsonObject(event.response)) response = identityOf(event.response)
      given.push(...idsOf(event.item), ...(isEnd(event) ? givenIds(event.response) : []))
      return findFault(event, name) ?? readEvent(event)
    },
    takeGivenIds() {
      const taken = given
      if (taken.length > 0) given = []
      return taken
    },
    context: (events) => ({ sequence_number: events + ahead, ...(response ? { response } : {}) }),
  })
}

const isEnd = (event: JsonObject): event is JsonObject & { readonly response: JsonObject } =>
  typeof event.type === 'string' && ENDS.has(event.type) && isJsonObject(event.response)

const identityOf = (response: JsonObject): JsonObject =>
  Object.fromEntries(IDENTITY.flatMap((key) => (key in response ? [[key, response[key]]] : [])))

const readEvent = (event: JsonObject): EventReport => {
  const type = typeof event.type === 'string' ? event.type : ''
  const response = isJsonObject(event.response) ? event.response : {}
  const usage = decodeUsage(response)
  if (FAILURE_EVENTS.has(type) && isCancelled(response))
    return {
      finished: true,
      ending: decodeEnding(response, type),
      ...(usage ? { usage: toRunningUsage(usage) } : {}),
    }
  if (FAILURE_EVENTS.has(type))
    return {
      finished: true,
      ...(usage ? { usage: toRunningUsage(usage) } : {}),
      error: decodeStreamError(response),
    }
  if (TERMINATORS.has(type))
    return {
      finished: true,
      ending: decodeEnding(response, type),
      facts: decodeFacts(response, type),
      ...(usage ? { usage } : {}),
    }
  // One in the background has begun: its client can return to it by its id.
  if (ANNOUNCEMENTS.has(type) && response.background !== true)
    return { ...ANNOUNCEMENT, ...readOpening(type, response, usage) }
  // Texts, thoughts and arguments; every other delta is base64.
  if (typeof event.delta !== 'string' || type.includes('audio.'))
    return readOpening(type, response, usage)
  return { characters: event.delta.length, slot: 'delta' }
}

const readOpening = (
  type: string,
  response: JsonObject,
  usage: ReturnType<typeof decodeUsage>,
): EventReport => ({
  ...(usage ? { usage: toRunningUsage(usage) } : {}),
  ...(type === 'response.created' ? { facts: decodeFacts(response) } : {}),
})
