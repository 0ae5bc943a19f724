/**
 * Recognises an event that a stream repeats thousands of times.
 *
 * A token event differs from the one before it in a single JSON string: the slot. Once such an event has been parsed
 * and understood, the next event with the same bytes around the slot, and a valid JSON string inside it, means the
 * same except for that string. It then needs neither parsing nor escaping: 0.1 microseconds an event instead of 2.
 * Some keys may be named whose values may differ as well, wherever they are: strings and integers that do not
 * affect the meaning of the event.
 */
import { isUtf8 } from 'node:buffer'
import { type ByteString, detach } from '../bytes/bytes.ts'

export interface SlotTemplate {
  /**
   * Learns an event whose meaning is `tag` and the string at `key`.
   * Learns nothing if the key occurs twice, since the slot would be a guess.
   */
  learn(event: ByteString, key: string, tag: number): void
  /** The string in the slot, still escaped, if all of `data` is such an event. */
  match(data: ByteString): ByteString | undefined
  /** The end of such an event that begins at `start` of a longer text, or -1. */
  matchAt(text: ByteString, start: number): number
  /** The length of the string in the slot of the last match, unescaped, in UTF-16 units. */
  readonly slotLength: number
  /** The meaning of the learned event. */
  readonly tag: number
  /** Forgets the learned event: the next one may mean something else. */
  forget(): void
}

/** A JSON value that may differ from event to event: the content of a string, or an integer. */
interface Hole {
  readonly kind: 'slot' | 'string' | 'number'
  readonly start: number
  readonly end: number
}

const QUOTE = 34
const BACKSLASH = 92
const LETTER_U = 117
const SIMPLE_ESCAPE = /["\\/bfnrt]/
const HEX = /^[0-9a-fA-F]{4}$/

/** @param varying keys whose values differ without changing the meaning of the event, such as a sequence number. */
export const createSlotTemplate = (varying: readonly string[] = []): SlotTemplate =>
  new Template(varying)

/** Every stream has one of these: a class costs a tenth of separate closures and getters. */
class Template implements SlotTemplate {
  readonly #varying: readonly string[]
  #tag = -1
  #literals: readonly string[] = []
  #holes: readonly Hole['kind'][] = []
  #slotStart = 0
  #slotEnd = 0
  #slotLength = 0
  #length = 0
  #ascii = true

  constructor(varying: readonly string[]) {
    this.#varying = varying
  }

  learn(event: ByteString, key: string, meaning: number): void {
    this.#tag = -1
    const [place, ...others] = placesOf(event, key)
    const slot = place === undefined ? undefined : toHole(event, place, 'slot')
    if (slot?.kind !== 'slot' || others.length > 0) return
    const found = [slot]
    for (const start of this.#varying.flatMap((name) => placesOf(event, name))) {
      const hole = toHole(event, start, 'string')
      if (hole) found.push(hole)
    }
    found.sort((one, other) => one.start - other.start)
    const cuts = [...found.map(({ start }) => start), event.length]
    this.#literals = cuts.map((cut, index) => detach(event.slice(found[index - 1]?.end ?? 0, cut)))
    this.#holes = found.map(({ kind }) => kind)
    this.#tag = meaning
  }

  match(data: ByteString): ByteString | undefined {
    if (this.matchAt(data, 0) !== data.length) return undefined
    const slot = data.slice(this.#slotStart, this.#slotEnd)
    return this.#ascii || isUtf8(Buffer.from(slot, 'latin1')) ? slot : undefined
  }

  matchAt(text: ByteString, start: number): number {
    if (this.#tag === -1) return -1
    const literals = this.#literals
    const holes = this.#holes
    let at = start
    let slotIsAscii = true
    for (let index = 0; ; index++) {
      const literal = literals[index]!
      const end = at + literal.length
      // Comparing a slice costs a quarter of startsWith.
      if (text.slice(at, end) !== literal) return -1
      at = end
      if (index === holes.length) {
        this.#ascii = slotIsAscii
        return at
      }
      const kind = holes[index]!
      at = kind === 'number' ? skipDigits(text, end) : this.#skipString(text, end)
      if (at === -1) return -1
      if (kind === 'slot') {
        this.#slotStart = end
        this.#slotEnd = at
        this.#slotLength = this.#length
        slotIsAscii = this.#ascii
      }
    }
  }

  get slotLength(): number {
    return this.#slotLength
  }

  get tag(): number {
    return this.#tag
  }

  forget(): void {
    this.#tag = -1
  }

  /** Skips the content of a string: returns the position of its closing quote, or -1 if it is not valid JSON. */
  #skipString(text: ByteString, start: number): number {
    let at = start
    let code = text.charCodeAt(at)
    while (isPlain(code)) code = text.charCodeAt(++at)
    this.#length = at - start
    this.#ascii = true
    return code === QUOTE ? at : this.#skipRest(text, at)
  }

  /** Like `#skipString`, for a string with escapes or characters beyond ASCII. */
  #skipRest(text: ByteString, start: number): number {
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at)
      if (isPlain(code)) this.#length++
      else if (code === QUOTE) return at
      else if (code === BACKSLASH) {
        const size = escapeSize(text, at)
        if (size === 0) return -1
        at += size - 1
        this.#length++
      } else if (code >= 0x80) {
        this.#ascii = false
        // Counts the first byte of each character once, and twice if UTF-16 needs a surrogate pair for it.
        if (code >= 0xf0) this.#length += 2
        else if (code >= 0xc0) this.#length++
      } else return -1
    }
  }
}

const isPlain = (code: number): boolean =>
  code >= 0x20 && code < 0x80 && code !== QUOTE && code !== BACKSLASH

const escapeSize = (text: ByteString, start: number): number => {
  if (text.charCodeAt(start + 1) !== LETTER_U)
    return SIMPLE_ESCAPE.test(text.charAt(start + 1)) ? 2 : 0
  return HEX.test(text.slice(start + 2, start + 6)) ? 6 : 0
}

/** The positions at which the values of a key begin. */
const placesOf = (event: ByteString, key: string): number[] => {
  const mark = `"${key}":`
  const places: number[] = []
  for (let found = event.indexOf(mark); found !== -1; found = event.indexOf(mark, found + 1))
    places.push(found + mark.length)
  return places
}

const toHole = (
  event: ByteString,
  valueStart: number,
  kind: 'slot' | 'string',
): Hole | undefined => {
  let start = valueStart
  while (event.charAt(start) === ' ') start++
  if (event.charCodeAt(start) === QUOTE) {
    const end = stringEnd(event, start + 1)
    return end === -1 ? undefined : { kind, start: start + 1, end }
  }
  const end = skipDigits(event, start)
  return end === -1 ? undefined : { kind: 'number', start, end }
}

/** The position of the closing quote of the JSON string that began before `start`, or -1. */
const stringEnd = (text: ByteString, start: number): number => {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return -1
}

/** Skips an integer, or returns -1 if there is none. */
const skipDigits = (text: ByteString, start: number): number => {
  let at = start
  for (;;) {
    const code = text.charCodeAt(at)
    if (!(code >= 48 && code <= 57)) return at === start ? -1 : at
    at++
  }
}
