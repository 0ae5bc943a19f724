/** A text that grows by pieces cut from reads, without retaining these reads for long. */
import { type ByteString, detach } from './bytes.ts'

export interface GrowingText {
  add(piece: ByteString): void
  /** Like `add`, for a flat string that is a complete read: a large one need not be copied. */
  addRead(read: ByteString): void
  readonly length: number
  /** The complete text. */
  readonly value: ByteString
  /** Returns the complete text and releases it here. */
  take(): ByteString
}

/** How many bytes may refer to the reads they came in. Copying each small piece at once would cost too much. */
const LOOSE_BYTES = 4096
/** Each piece may retain a complete read, however small the piece is. */
const LOOSE_PIECES = 64

export const createGrowingText = (): GrowingText => new Text()

/** Every stream has several of these: a class costs a tenth of separate closures and getters. */
class Text implements GrowingText {
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
    this.#kept += read
  }

  get length(): number {
    return this.#kept.length + this.#loose.length
  }

  get value(): ByteString {
    return this.#kept === '' ? this.#loose : this.#kept + this.#loose
  }

  take(): ByteString {
    const taken = this.value
    this.#kept = ''
    this.#loose = ''
    this.#pieces = 0
    return taken
  }

  #tighten(): void {
    this.#kept += detach(this.#loose)
    this.#loose = ''
    this.#pieces = 0
  }
}
