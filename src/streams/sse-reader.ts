/** Reads server-sent events from bytes, however they are cut. Format: https://html.spec.whatwg.org/multipage/server-sent-events.html */
import { type ByteString, detach } from './bytes.ts'
import { createGrowingText } from './growing-text.ts'

/** An event name, `''` where the stream gives none, and its data lines joined by `\n`. Comments, ids and retry times are passed over. */
export type SseListener = (data: ByteString, event: ByteString) => void

export interface SseReader {
  push(bytes: ByteString): void
  /** Bytes have come that are no whole event yet. */
  readonly midEvent: boolean
  /** Of an event that is not complete yet. */
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

/** @param maxEventBytes bounds what one event may hold, for a stream that never ends a line. */
export const createSseReader = (
  listener: SseListener,
  maxEventBytes = 16 * 1024 * 1024,
): SseReader => {
  const pending = createGrowingText()
  let pendingBytes = 0
  let atStart = true
  let event = ''
  // The last line of it. In nearly every event there is no other, and it is passed on as it was cut.
  let data: ByteString | undefined
  const earlierData = createGrowingText()
  let earlierBytes = 0
  // What an earlier read has left of both: copied already.
  let keptEvent = ''
  let keptData: ByteString | undefined
  // A CR ends a line at once; the LF that may follow it then belongs to the same end.
  let afterCarriageReturn = false

  const addData = (value: ByteString): void => {
    if (data !== undefined) {
      earlierData.add(data)
      earlierData.add('\n')
      earlierBytes += data.length + 1
    }
    data = value
    if (earlierBytes + value.length > maxEventBytes) throw tooLarge()
  }

  const field = (text: ByteString, start: number, end: number): void => {
    // Nearly every line there is; the general way would cut it twice.
    if (text.startsWith('data: ', start) && start + 6 <= end)
      return addData(text.slice(start + 6, end))
    const line = text.slice(start, end)
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value =
      colon === -1 ? '' : line.slice(line.startsWith(': ', colon) ? colon + 2 : colon + 1)
    if (name === 'data') addData(value)
    else if (name === 'event') event = value
    // Not of the format: some servers write what failed in a line of this name.
    else if (name === 'error' && value !== '') {
      event = name
      addData(value)
    }
  }

  const keep = (half: ByteString): void => {
    pending.addRead(half)
    pendingBytes += half.length
    if (pendingBytes > maxEventBytes) throw tooLarge()
  }

  const line = (text: ByteString, start: number, end: number): void => {
    if (start < end) return field(text, start, end)
    const name = event
    const value = data
    event = ''
    data = undefined
    if (value === undefined) return
    if (earlierBytes === 0) return listener(value, name)
    earlierBytes = 0
    listener(earlierData.take() + value, name)
  }

  return {
    push(bytes) {
      // A long line in small pieces is searched once, when it is complete.
      if (pendingBytes > 0 && !LINE_END.test(bytes)) return keep(bytes)
      const text = pendingBytes === 0 ? bytes : pending.take() + bytes
      pendingBytes = 0
      let position = 0
      if (atStart) {
        if (text.startsWith(BYTE_ORDER_MARK)) position = BYTE_ORDER_MARK.length
        else if (BYTE_ORDER_MARK.startsWith(text)) return keep(text)
        atStart = false
      }
      if (afterCarriageReturn && text.length > position) {
        if (text.charCodeAt(position) === LF) position++
        afterCarriageReturn = false
      }
      // Vendors end lines with LF; a CR is searched for again only where the last one was passed.
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
          if (position === text.length) afterCarriageReturn = true
          else if (text.charCodeAt(position) === LF) position++
        }
        line(text, start, end)
      }
      // What is kept until more comes must not keep alive all that was read with it, and is copied once.
      if (position < text.length) keep(detach(text.slice(position)))
      event = keptEvent = event === '' ? event : toOwn(event, keptEvent)
      data = keptData = data === undefined ? data : toOwn(data, keptData)
    },
    get midEvent() {
      return pendingBytes > 0 || data !== undefined || event !== ''
    },
    get heldBytes() {
      return pendingBytes + earlierBytes + (data?.length ?? 0)
    },
  }
}
