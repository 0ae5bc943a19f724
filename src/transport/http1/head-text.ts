/** Collects a head or a trailer up to its empty line, without joining or searching it again for each small read. */
import { createGrowingText } from '#streams'
import type { ByteString } from '#streams'
import { findHeadEnd } from './response-head.ts'

export interface HeadText {
  readonly length: number
  /** The end of the empty line in everything received so far, or -1. Throws as `findHeadEnd` does. */
  push(bytes: ByteString): number
  /** Returns everything received so far, and releases it here. */
  take(): ByteString
}

/** The characters that may be part of an empty line that the next read completes, and one before them. */
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
