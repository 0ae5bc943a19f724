/** Watches a relayed Messages stream. */
import { isJsonObject, parseObject, type Usage } from '#model'
import { type ByteString, fromByteString } from '#streams'
import { lookUp } from '../requests/fields.ts'
import type { StreamTap } from '../protocol.ts'
import { ANNOUNCEMENT, createEventTap, type EventReport } from '../answers/tap.ts'
import { toOpeningUsage } from '../tokens/running-usage.ts'
import { findFaultInText } from '../answers/stream-faults.ts'
import { findFault } from './errors.ts'
import { decodeEnding, decodeFacts } from './finish-reasons.ts'
import { givenIds } from './references.ts'
import { isReported, mergeUsage, toUsage } from './usage.ts'
import { DELTA_SLOTS, type WireEvent, type WireUsage } from './wire.ts'

/** Events that carry nothing of interest, and may hold megabytes of search results. */
const IGNORED: ReadonlySet<string> = new Set(['content_block_start', 'content_block_stop'])

export const createTap = (): StreamTap => {
  let usage: WireUsage = {}
  let id: string | undefined
  let given: readonly string[] = []

  const addUsage = (reported: unknown): { readonly usage?: Usage } => {
    if (!isJsonObject(reported)) return {}
    usage = mergeUsage(usage, reported)
    return isReported(usage) ? { usage: toUsage(usage) } : {}
  }

  const READERS: Readonly<Record<string, (event: WireEvent) => EventReport>> = {
    message_start({ message }) {
      if (typeof message?.id === 'string') ({ id } = message)
      return {
        ...ANNOUNCEMENT,
        usage: toOpeningUsage(addUsage(message?.usage).usage),
        ...(isJsonObject(message) ? { facts: decodeFacts(message) } : {}),
      }
    },
    ping: () => ANNOUNCEMENT,
    content_block_delta({ delta }) {
      const slot = lookUp(DELTA_SLOTS, delta?.type)
      const text = slot && isJsonObject(delta) ? delta[slot] : undefined
      return slot !== undefined && typeof text === 'string' ? { slot, characters: text.length } : {}
    },
    message_delta({ usage: reported, delta }) {
      if (!isJsonObject(delta)) return addUsage(reported)
      given = givenIds(delta)
      return { ...addUsage(reported), ending: decodeEnding(delta), facts: decodeFacts(delta) }
    },
    message_stop: () => ({ finished: true }),
  }

  return createEventTap({
    varying: [],
    context: () => (id === undefined ? {} : { response: { id } }),
    takeGivenIds() {
      const taken = given
      if (taken.length > 0) given = []
      return taken
    },
    read(data: ByteString, name: ByteString) {
      if (IGNORED.has(name)) return {}
      const event = parseObject(fromByteString(data))
      if (!event) return findFaultInText(data, name) ?? ANNOUNCEMENT
      return findFault(event, name) ?? lookUp(READERS, event.type)?.(event) ?? {}
    },
  })
}
