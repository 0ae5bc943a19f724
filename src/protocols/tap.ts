/** Watches a relayed stream. Nearly every event is known again from the one before it, in place, and costs next to nothing. */
import type { GatewayError, JsonObject, Usage } from '#model'
import {
  type ByteString,
  createSlotTemplate,
  createSseReader,
  detach,
  fromByteString,
  SseEventTooLarge,
} from '#streams'
import type { OddEnding } from './endings.ts'
import type { StreamTap } from './protocol.ts'
import { parseObject } from './upstream-failure.ts'

/** What one event of a stream tells. */
export interface Sight {
  readonly finished?: boolean
  readonly error?: GatewayError
  /** Clients of the protocol do not know the error for one. */
  readonly isForeign?: boolean
  /** It ends the answer, and in no way that is known to be good. */
  readonly ending?: OddEnding | undefined
  /** In place of what was told before. */
  readonly usage?: Partial<Usage>
  /** Text, thoughts and arguments in it. */
  readonly characters?: number
  /** Where the event is more of one text only: the key of that text. */
  readonly slot?: string
}

export interface TapDialect {
  /** `index` counts the events of the stream from 0. */
  readonly read: (data: ByteString, event: ByteString, index: number) => Sight
  /** Keys whose values differ from event to event, and mean nothing here but what `usageOf` reads. */
  readonly varying: readonly string[]
  /** What an event tells that is known again, where every event tells all that was used so far. */
  readonly usageOf?: (event: JsonObject) => Partial<Usage>
  readonly context?: (events: number) => JsonObject
  readonly takeGivenIds?: () => readonly string[]
}

export const createEventTap = (dialect: TapDialect): StreamTap => {
  const { read, varying, usageOf, context, takeGivenIds } = dialect
  const template = createSlotTemplate(varying)
  let events = 0
  let characters = 0
  let started = false
  let finished = false
  let error: GatewayError | undefined
  let ending: OddEnding | undefined
  // Of the error, in the bytes that were pushed with its end.
  let isForeign = false
  let foreignError: StreamTap['foreignError']
  let usage: Partial<Usage> = {}
  // The last event that was known again: read when somebody asks, unless a newer one tells usage.
  let unread: ByteString = ''
  let slot: string | undefined
  let tellsUsage = false
  // Whether the event that the template knows does.
  let learntTellsUsage = false
  // Whether the next byte begins an event: only there can one be known again.
  let atBoundary = true
  let blind = false

  const readUsage = (): void => {
    if (unread !== '')
      createSseReader((data) => {
        const event = parseObject(fromByteString(data))
        if (event && usageOf) usage = usageOf(event)
      }).push(unread)
    unread = ''
  }

  const reader = createSseReader((data, event) => {
    const sight = read(data, event, events++)
    characters += sight.characters ?? 0
    if (sight.finished) finished = true
    if (sight.error) {
      error ??= sight.error
      isForeign = sight.isForeign === true
    } else started = true
    ending ??= sight.ending
    if (sight.usage) {
      usage = sight.usage
      unread = ''
    } else readUsage()
    slot = sight.slot
    tellsUsage = usageOf !== undefined && sight.usage !== undefined
  })

  /** Reads lines up to the next boundary, and returns where the reading ended. */
  const readOn = (bytes: ByteString, start: number): number => {
    let at = start
    do {
      const lineEnd = bytes.indexOf('\n', at)
      const end = lineEnd === -1 ? bytes.length : lineEnd + 1
      reader.push(bytes.slice(at, end))
      at = end
      atBoundary = !reader.midEvent
    } while (!atBoundary && at < bytes.length)
    return at
  }

  /** Passes the events that are known again, and returns where the first one stands that is not. */
  const passKnown = (bytes: ByteString, start: number): number => {
    let last = -1
    let at = start
    for (let end = template.matchAt(bytes, at); end !== -1; end = template.matchAt(bytes, at)) {
      events++
      characters += template.slotLength
      last = at
      at = end
    }
    if (learntTellsUsage && last !== -1)
      unread = at - last === bytes.length ? bytes : detach(bytes.slice(last, at))
    return at
  }

  /** Nothing that comes behind it is read any more. */
  const noteError = (start: number | undefined, end: number): void => {
    blind = true
    foreignError = { start, end }
  }

  const watch = (bytes: ByteString): void => {
    let at = atBoundary ? 0 : readOn(bytes, 0)
    if (isForeign) return noteError(undefined, at)
    while (at < bytes.length) {
      const start = passKnown(bytes, at)
      if (start === bytes.length) return
      slot = undefined
      at = readOn(bytes, start)
      if (isForeign) return noteError(start, at)
      if (!atBoundary || slot === undefined) continue
      template.learn(bytes.slice(start, at), slot, 0)
      learntTellsUsage = tellsUsage
    }
  }

  return {
    push(bytes) {
      if (blind) return
      try {
        watch(bytes)
      } catch (thrown) {
        if (!(thrown instanceof SseEventTooLarge)) throw thrown
        // It passes, unread. Whether the stream is whole cannot be told any more.
        blind = true
        finished = true
      }
    },
    end() {
      blind = true
    },
    get started() {
      return started
    },
    get finished() {
      return finished
    },
    get error() {
      return error
    },
    get ending() {
      return ending
    },
    get foreignError() {
      return foreignError
    },
    get heldBytes() {
      return reader.heldBytes
    },
    get midEvent() {
      return !atBoundary
    },
    get usage() {
      readUsage()
      return usage
    },
    get outputCharacters() {
      return characters
    },
    get context() {
      // What stands in for an event has its place among the others.
      return context?.(foreignError ? events - 1 : events)
    },
    ...(takeGivenIds && { takeGivenIds }),
  }
}
