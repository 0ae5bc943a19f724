/** Watches a relayed stream. Nearly every event is known again from the one before it, in place, and costs next to nothing. */
import { type GatewayError, type JsonObject, parseObject, type Usage } from '#model'
import {
  type ByteString,
  createSlotTemplate,
  createSseReader,
  detach,
  fromByteString,
  type SlotTemplate,
  SseEventTooLarge,
  type SseReader,
} from '#streams'
import type { OddEnding } from './endings.ts'
import type { StreamTap } from '../protocol.ts'

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

const NO_USAGE: Partial<Usage> = {}

export const createEventTap = (dialect: TapDialect): StreamTap => new EventTap(dialect)

/** Every relayed stream has one: a class costs a tenth of what closures and getters of their own would. */
class EventTap implements StreamTap {
  readonly takeGivenIds: StreamTap['takeGivenIds']
  readonly #dialect: TapDialect
  readonly #template: SlotTemplate
  readonly #reader: SseReader
  #events = 0
  #characters = 0
  #started = false
  #finished = false
  #error: GatewayError | undefined
  #ending: OddEnding | undefined
  // Of the error, in the bytes that were pushed with its end.
  #isForeign = false
  #foreignError: StreamTap['foreignError']
  #usage: Partial<Usage> = NO_USAGE
  // The last event that was known again: read when somebody asks, unless a newer one tells usage.
  #unread: ByteString = ''
  #slot: string | undefined
  #tellsUsage = false
  // Whether the event that the template knows does.
  #learntTellsUsage = false
  // Whether the next byte begins an event: only there can one be known again.
  #atBoundary = true
  #blind = false

  constructor(dialect: TapDialect) {
    this.#dialect = dialect
    this.takeGivenIds = dialect.takeGivenIds
    this.#template = createSlotTemplate(dialect.varying)
    this.#reader = createSseReader((data, event) => this.#read(data, event))
  }

  push(bytes: ByteString): void {
    if (this.#blind) return
    try {
      this.#watch(bytes)
    } catch (thrown) {
      if (!(thrown instanceof SseEventTooLarge)) throw thrown
      // It passes, unread. Whether the stream is whole cannot be told any more.
      this.#blind = true
      this.#finished = true
    }
  }

  end(): void {
    this.#blind = true
  }

  get started(): boolean {
    return this.#started
  }

  get finished(): boolean {
    return this.#finished
  }

  get error(): GatewayError | undefined {
    return this.#error
  }

  get ending(): OddEnding | undefined {
    return this.#ending
  }

  get foreignError(): StreamTap['foreignError'] {
    return this.#foreignError
  }

  get heldBytes(): number {
    return this.#reader.heldBytes
  }

  get midEvent(): boolean {
    return !this.#atBoundary
  }

  get usage(): Partial<Usage> {
    this.#readUsage()
    return this.#usage
  }

  get outputCharacters(): number {
    return this.#characters
  }

  get context(): JsonObject | undefined {
    // What stands in for an event has its place among the others.
    return this.#dialect.context?.(this.#foreignError ? this.#events - 1 : this.#events)
  }

  #read(data: ByteString, event: ByteString): void {
    const sight = this.#dialect.read(data, event, this.#events++)
    this.#characters += sight.characters ?? 0
    if (sight.finished) this.#finished = true
    if (sight.error) {
      this.#error ??= sight.error
      this.#isForeign = sight.isForeign === true
    } else this.#started = true
    this.#ending ??= sight.ending
    if (sight.usage) {
      this.#usage = sight.usage
      this.#unread = ''
    } else this.#readUsage()
    this.#slot = sight.slot
    this.#tellsUsage = this.#dialect.usageOf !== undefined && sight.usage !== undefined
  }

  #readUsage(): void {
    const { usageOf } = this.#dialect
    if (this.#unread !== '')
      createSseReader((data) => {
        const event = parseObject(fromByteString(data))
        if (event && usageOf) this.#usage = usageOf(event)
      }).push(this.#unread)
    this.#unread = ''
  }

  #watch(bytes: ByteString): void {
    let at = this.#atBoundary ? 0 : this.#readOn(bytes, 0)
    if (this.#isForeign) return this.#noteError(undefined, at)
    while (at < bytes.length) {
      const start = this.#passKnown(bytes, at)
      if (start === bytes.length) return
      this.#slot = undefined
      at = this.#readOn(bytes, start)
      if (this.#isForeign) return this.#noteError(start, at)
      if (!this.#atBoundary || this.#slot === undefined) continue
      this.#template.learn(bytes.slice(start, at), this.#slot, 0)
      this.#learntTellsUsage = this.#tellsUsage
    }
  }

  /** Reads lines up to the next boundary, and returns where the reading ended. */
  #readOn(bytes: ByteString, start: number): number {
    let at = start
    do {
      const lineEnd = bytes.indexOf('\n', at)
      const end = lineEnd === -1 ? bytes.length : lineEnd + 1
      this.#reader.push(bytes.slice(at, end))
      at = end
      this.#atBoundary = !this.#reader.midEvent
    } while (!this.#atBoundary && at < bytes.length)
    return at
  }

  /** Passes the events that are known again, and returns where the first one stands that is not. */
  #passKnown(bytes: ByteString, start: number): number {
    const template = this.#template
    let last = -1
    let at = start
    for (let end = template.matchAt(bytes, at); end !== -1; end = template.matchAt(bytes, at)) {
      this.#events++
      this.#characters += template.slotLength
      last = at
      at = end
    }
    if (this.#learntTellsUsage && last !== -1)
      this.#unread = at - last === bytes.length ? bytes : detach(bytes.slice(last, at))
    return at
  }

  /** Nothing that comes behind it is read any more. */
  #noteError(start: number | undefined, end: number): void {
    this.#blind = true
    this.#foreignError = { start, end }
  }
}
