/** A text that grows by pieces cut from reads, and keeps none of these reads alive for long. */
import { type ByteString, detach } from './bytes.ts'

export interface GrowingText {
  add(piece: ByteString): void
  /** The same for what is a read of its own, and flat: a large one need not be copied. */
  addRead(read: ByteString): void
  readonly length: number
  /** All of it. */
  readonly value: ByteString
  /** All of it, which is then no longer held here. */
  take(): ByteString
}

/** So much may hang on the reads that it came in: copied one by one, pieces would cost more than they are. */
const LOOSE_BYTES = 4096
/** Each piece may keep a complete read alive, however small it is. */
const LOOSE_PIECES = 64

export const createGrowingText = (): GrowingText => new Text()

/** Every stream has several: a class costs a tenth of what closures and getters of their own would. */
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
