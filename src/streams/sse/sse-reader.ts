/**
 * Reads server-sent events from bytes, however they are split.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { type ByteString, detach } from '../bytes/bytes.ts'
import { createGrowingText, type GrowingText } from '../bytes/growing-text.ts'

/**
 * Receives the data lines of an event, joined by `\n`, and its name (`''` if it has none).
 * Ids and retry times are ignored.
 */
export type SseListener = (data: ByteString, event: ByteString) => void

type CommentListener = (text: ByteString) => void

export interface SseReader {
  push(bytes: ByteString): void
  /** An event has begun and is not complete. */
  readonly midEvent: boolean
  /** The bytes held of an incomplete event. */
  readonly heldBytes: number
}

export class SseEventTooLarge extends Error {
  override readonly name = 'SseEventTooLarge'
}

const BYTE_ORDER_MARK = '\xef\xbb\xbf'
const LF = 10
const CR = 13
const LINE_END = /[\r\n]/

const tooLarge = () => new SseEventTooLarge('An event of the stream is too large.')

const toOwn = (text: ByteString, kept: ByteString | undefined): ByteString =>
  text === kept ? kept : detach(text)

const MAX_EVENT_BYTES = 16 * 1024 * 1024

/**
 * @param maxEventBytes bounds the size of one event, in case a stream never ends a line.
 * @param onComment receives the text of each comment. Without it, comments are ignored.
 */
export const createSseReader = (
  listener: SseListener,
  maxEventBytes = MAX_EVENT_BYTES,
  onComment?: CommentListener,
): SseReader => new Reader(listener, maxEventBytes, onComment)

/** Every stream has one of these: a class costs a tenth of separate closures and getters. */
class Reader implements SseReader {
  readonly #listener: SseListener
  readonly #maxEventBytes: number
  readonly #onComment: CommentListener | undefined
  readonly #pending = createGrowingText()
  #pendingBytes = 0
  #atStart = true
  #event = ''
  // The last data line. Nearly every event has only one, which is passed on as it was cut, without a copy.
  #data: ByteString | undefined
  #earlierData: GrowingText | undefined
  #earlierBytes = 0
  // What remains of both from an earlier read, already copied.
  #keptEvent = ''
  #keptData: ByteString | undefined
  // A CR ends a line at once. If an LF follows, it belongs to the same line end.
  #afterCarriageReturn = false

  constructor(
    listener: SseListener,
    maxEventBytes: number,
    onComment: CommentListener | undefined,
  ) {
    this.#listener = listener
    this.#maxEventBytes = maxEventBytes
    this.#onComment = onComment
  }

  push(bytes: ByteString): void {
    // A long line in small pieces is searched once, when it is complete.
    if (this.#pendingBytes > 0 && !LINE_END.test(bytes)) return this.#keep(bytes)
    const text = this.#pendingBytes === 0 ? bytes : this.#pending.take() + bytes
    this.#pendingBytes = 0
    let position = 0
    if (this.#atStart) {
      if (text.startsWith(BYTE_ORDER_MARK)) position = BYTE_ORDER_MARK.length
      else if (BYTE_ORDER_MARK.startsWith(text)) return this.#keep(text)
      this.#atStart = false
    }
    if (this.#afterCarriageReturn && text.length > position) {
      if (text.charCodeAt(position) === LF) position++
      this.#afterCarriageReturn = false
    }
    // Vendors end lines with LF, so the next CR is searched for only once the last one was passed.
    let carriageReturn = text.indexOf('\r', position)
    for (;;) {
      let end = text.indexOf('\n', position)
      if (carriageReturn !== -1 && carriageReturn < position)
        carriageReturn = text.indexOf('\r', position)
      if (carriageReturn !== -1 && (end === -1 || carriageReturn < end)) end = carriageReturn
      if (end === -1) break
      const start = position
      position = end + 1
      if (text.charCodeAt(end) === CR) {
        if (position === text.length) this.#afterCarriageReturn = true
        else if (text.charCodeAt(position) === LF) position++
      }
      this.#line(text, start, end)
    }
    // Copied once, so that the remainder does not retain the complete read.
    if (position < text.length) this.#keep(detach(text.slice(position)))
    this.#event = this.#keptEvent =
      this.#event === '' ? this.#event : toOwn(this.#event, this.#keptEvent)
    this.#data = this.#keptData =
      this.#data === undefined ? this.#data : toOwn(this.#data, this.#keptData)
  }

  get midEvent(): boolean {
    return this.#pendingBytes > 0 || this.#data !== undefined || this.#event !== ''
  }

  get heldBytes(): number {
    return this.#pendingBytes + this.#earlierBytes + (this.#data?.length ?? 0)
  }

  #line(text: ByteString, start: number, end: number): void {
    if (start < end) return this.#field(text, start, end)
    const name = this.#event
    const value = this.#data
    this.#event = ''
    this.#data = undefined
    if (value === undefined) return
    if (this.#earlierBytes === 0) return this.#listener(value, name)
    this.#earlierBytes = 0
    this.#listener((this.#earlierData?.take() ?? '') + value, name)
  }

  #field(text: ByteString, start: number, end: number): void {
    // A fast path for nearly every line: the general path would cut it twice.
    if (text.startsWith('data: ', start) && start + 6 <= end)
      return this.#addData(text.slice(start + 6, end))
    const line = text.slice(start, end)
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value =
      colon === -1 ? '' : line.slice(line.startsWith(': ', colon) ? colon + 2 : colon + 1)
    if (name === 'data') this.#addData(value)
    else if (name === 'event') this.#event = value
    else if (name === '') this.#onComment?.(value)
    // Not in the format, but some servers report a failure in a line of this name.
    else if (name === 'error' && value !== '') {
      this.#event = name
      this.#addData(value)
    }
  }

  #addData(value: ByteString): void {
    if (this.#data !== undefined) {
      this.#earlierData ??= createGrowingText()
      this.#earlierData.add(this.#data)
      this.#earlierData.add('\n')
      this.#earlierBytes += this.#data.length + 1
    }
    this.#data = value
    if (this.#earlierBytes + value.length > this.#maxEventBytes) throw tooLarge()
  }

  #keep(half: ByteString): void {
    this.#pending.addRead(half)
    this.#pendingBytes += half.length
    if (this.#pendingBytes > this.#maxEventBytes) throw tooLarge()
  }
}
