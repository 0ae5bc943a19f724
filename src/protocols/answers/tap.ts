/** Watches a relayed stream. Nearly every event is recognised from the one before it, in place, at almost no cost. */
import {
  type AnswerFacts,
  type GatewayError,
  type JsonObject,
  parseObject,
  type Usage,
} from '#model'
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

/** The information in one event of a stream. */
export interface EventReport {
  /** It only announces the answer or keeps the connection open: the answer itself has not begun. */
  readonly announces?: boolean
  readonly finished?: boolean
  readonly error?: GatewayError
  /** Clients of the protocol would not recognise the error. */
  readonly isForeign?: boolean
  /** The answer ended, and not in a way that is known to be regular. */
  readonly ending?: OddEnding | undefined
  /** Replaces the usage reported before. */
  readonly usage?: Partial<Usage>
  /** What it says of the answer. Added to what earlier events said. */
  readonly facts?: AnswerFacts
  /** The number of characters of text, thoughts and arguments in it. */
  readonly characters?: number
  /** If the event only continues one text, the key of that text. */
  readonly slot?: string
}

export interface TapDialect {
  /** `index` counts the events of the stream from 0. */
  readonly read: (data: ByteString, event: ByteString, index: number) => EventReport
  /** Keys whose values differ from event to event; only `usageOf` reads them. */
  readonly varying: readonly string[]
  /** Reads the usage of a recognised event, if every event reports the usage so far. */
  readonly usageOf?: (event: JsonObject) => Partial<Usage>
  readonly context?: (events: number) => JsonObject
  readonly takeGivenIds?: () => readonly string[]
}

/** An event with nothing of an answer in it. */
export const ANNOUNCEMENT: EventReport = { announces: true }

const NO_USAGE: Partial<Usage> = {}

export const createEventTap = (dialect: TapDialect): StreamTap => new EventTap(dialect)

/** Every relayed stream has one, and a class costs a tenth of the closures and getters. */
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
  #facts: AnswerFacts | undefined
  // Describes the error, in the bytes that were pushed with its end.
  #isForeign = false
  #foreignError: StreamTap['foreignError']
  #usage: Partial<Usage> = NO_USAGE
  // The last recognised event: read when its usage is needed, unless a newer event reports usage.
  #unread: ByteString = ''
  #slot: string | undefined
  #reportsUsage = false
  // Whether the event that the template has learnt reports usage.
  #learntReportsUsage = false
  // Whether the next byte starts an event; only there can one be recognised.
  #atBoundary = true
  #isDone = false

  constructor(dialect: TapDialect) {
    this.#dialect = dialect
    this.takeGivenIds = dialect.takeGivenIds
    this.#template = createSlotTemplate(dialect.varying)
    this.#reader = createSseReader((data, event) => this.#read(data, event))
  }

  push(bytes: ByteString): void {
    if (this.#isDone) return
    try {
      this.#watch(bytes)
    } catch (thrown) {
      if (!(thrown instanceof SseEventTooLarge)) throw thrown
      // The event is too large to inspect: it is relayed, and completeness can no longer be judged.
      this.#isDone = true
      this.#finished = true
    }
  }

  end(): void {
    this.#isDone = true
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

  get facts(): AnswerFacts | undefined {
    return this.#facts
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
    // A replacement event takes the number of the event that it replaces.
    return this.#dialect.context?.(this.#foreignError ? this.#events - 1 : this.#events)
  }

  #read(data: ByteString, event: ByteString): void {
    const report = this.#dialect.read(data, event, this.#events++)
    this.#characters += report.characters ?? 0
    if (report.finished) this.#finished = true
    if (report.error) {
      this.#error ??= report.error
      this.#isForeign = report.isForeign === true
    } else if (!report.announces) this.#started = true
    this.#ending ??= report.ending
    if (report.facts) this.#facts = { ...this.#facts, ...report.facts }
    if (report.usage) {
      this.#usage = report.usage
      this.#unread = ''
    } else this.#readUsage()
    this.#slot = report.slot
    this.#reportsUsage = this.#dialect.usageOf !== undefined && report.usage !== undefined
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
    let at = this.#atBoundary ? 0 : this.#readToBoundary(bytes, 0)
    if (this.#isForeign) return this.#noteError(undefined, at)
    while (at < bytes.length) {
      const start = this.#skipRecognised(bytes, at)
      if (start === bytes.length) return
      this.#slot = undefined
      at = this.#readToBoundary(bytes, start)
      if (this.#isForeign) return this.#noteError(start, at)
      if (!this.#atBoundary || this.#slot === undefined) continue
      this.#template.learn(bytes.slice(start, at), this.#slot, 0)
      this.#learntReportsUsage = this.#reportsUsage
    }
  }

  /** Reads lines up to the next event boundary, and returns the position after them. */
  #readToBoundary(bytes: ByteString, start: number): number {
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

  /** Skips recognised events, and returns the position of the first other one. */
  #skipRecognised(bytes: ByteString, start: number): number {
    const template = this.#template
    let last = -1
    let at = start
    for (let end = template.matchAt(bytes, at); end !== -1; end = template.matchAt(bytes, at)) {
      this.#events++
      this.#characters += template.slotLength
      last = at
      at = end
    }
    if (this.#learntReportsUsage && last !== -1)
      this.#unread = at - last === bytes.length ? bytes : detach(bytes.slice(last, at))
    return at
  }

  /** Stops reading: nothing after the error counts. */
  #noteError(start: number | undefined, end: number): void {
    this.#isDone = true
    this.#foreignError = { start, end }
  }
}
