/** Collects a head, or a trailer, up to its empty line: in small reads, it is neither joined nor searched again with each. */
import { createGrowingText } from '#streams'
import type { ByteString } from '#streams'
import { findHeadEnd } from './response-head.ts'

export interface HeadText {
  readonly length: number
  /** Where the empty line ends in all that has come, or -1. Throws as `findHeadEnd` does. */
  push(bytes: ByteString): number
  /** All that has come, which is then no longer held here. */
  take(): ByteString
}

/** What may end in the next read, and the byte in front of it. */
const SEAM_BYTES = 4

export const createHeadText = (): HeadText => new Head()

class Head implements HeadText {
  readonly #text = createGrowingText()
  #seam: ByteString = ''

  get length(): number {
    return this.#text.length
  }

  push(bytes: ByteString): number {
    const searched = this.#seam + bytes
    const found = findHeadEnd(searched, Math.max(0, this.#seam.length - 3))
    const before = this.#text.length - this.#seam.length
    this.#text.add(bytes)
    this.#seam = searched.slice(-SEAM_BYTES)
    return found === -1 ? -1 : before + found
  }

  take(): ByteString {
    this.#seam = ''
    return this.#text.take()
  }
}
