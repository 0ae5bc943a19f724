/** A text that grows by pieces cut from reads, without retaining these reads for long. */
import { type ByteString, detach } from './bytes.ts'
import { createGrowingBuffer, type GrowingBuffer } from './growing-buffer.ts'

export interface GrowingText {
  add(piece: ByteString): void
  /** Like `add`, for a flat string that is a complete read: a large one need not be copied. */
  addRead(read: ByteString): void
  readonly length: number
  /** The complete text. */
  readonly value: ByteString
  /** Returns the complete text and releases it here. */
  take(): ByteString
  /** Releases the text. */
  clear(): void
}

/** How many bytes may refer to the reads they came in. Copying each small piece at once would cost too much. */
const LOOSE_BYTES = 4096
/** Each piece may retain a complete read, however small the piece is. */
const LOOSE_PIECES = 64
/**
 * A longer text is kept in a buffer. V8's heap has a limit of its own, and long texts of many calls would reach it before
 * they reach the limit for all memory that is held for callers.
 */
const OUTSIDE_HEAP_BYTES = 256 * 1024

export const createGrowingText = (): GrowingText => new Text()

/** Every stream has several of these: a class costs a tenth of separate closures and getters. */
class Text implements GrowingText {
  /** Holds the start of a long text. */
  #buffer: GrowingBuffer | undefined
  #kept = ''
  #loose = ''
  #pieces = 0

  add(piece: ByteString): void {
    this.#loose += piece
    if (this.#loose.length >= LOOSE_BYTES || ++this.#pieces >= LOOSE_PIECES) this.#tighten()
  }

  addRead(read: ByteString): void {
    if (read.length < LOOSE_BYTES) return this.add(read)
    if (this.#loose !== '') this.#tighten()
    this.#keep(read)
  }

  get length(): number {
    return (this.#buffer?.length ?? 0) + this.#kept.length + this.#loose.length
  }

  get value(): ByteString {
    const rest = this.#kept === '' ? this.#loose : this.#kept + this.#loose
    return this.#buffer ? this.#buffer.bytes.toString('latin1') + rest : rest
  }

  take(): ByteString {
    const taken = this.value
    this.clear()
    return taken
  }

  clear(): void {
    this.#buffer?.free()
    this.#buffer = undefined
    this.#kept = ''
    this.#loose = ''
    this.#pieces = 0
  }

  #tighten(): void {
    this.#keep(detach(this.#loose))
    this.#loose = ''
    this.#pieces = 0
  }

  #keep(text: ByteString): void {
    this.#kept += text
    if (this.#kept.length < OUTSIDE_HEAP_BYTES) return
    this.#buffer ??= createGrowingBuffer()
    this.#buffer.addText(this.#kept)
    this.#kept = ''
  }
}
