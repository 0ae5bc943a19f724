/** The text of an answer, kept for citations that may follow it. */
import type { Citation } from '#model'
import { type ByteString, createGrowingText, unescapeJson } from '#streams'

/** For one answer; grounded answers are shorter. A citation beyond it keeps its source but has no place. */
const MAX_CITED_BYTES = 128 * 1024

export interface CitedText {
  /** Appends text that is escaped as in a JSON string. */
  add(escaped: ByteString): void
  /** The text that is kept. */
  readonly text: string
  /** More text has arrived than is kept. */
  readonly isCut: boolean
}

/** All texts of one answer share the limit. */
export const createCitedTexts = (maxBytes = MAX_CITED_BYTES): (() => CitedText) => {
  let room = maxBytes
  return () => {
    const kept = createGrowingText()
    let isCut = false
    return {
      add(escaped) {
        if (escaped.length > room) isCut = true
        if (isCut) return
        room -= escaped.length
        kept.add(escaped)
      },
      get text() {
        return unescapeJson(kept.value)
      },
      get isCut() {
        return isCut
      },
    }
  }
}

interface PlacedCitations {
  readonly text: string
  readonly citations: readonly Citation[]
}

/** Behind a text that was cut, no place can be computed; those citations refer to no text. */
export const placeCitations = (
  texts: readonly { readonly cited: CitedText; readonly citations: readonly Citation[] }[],
): PlacedCitations[] => {
  let isLost = false
  return texts.flatMap(({ cited, citations }): PlacedCitations[] => {
    if (isLost) return [{ text: '', citations }]
    const { text } = cited
    if (!cited.isCut) return [{ text, citations }]
    isLost = true
    const isKept = ({ end = Infinity }: Citation): boolean => end <= text.length
    return [
      { text, citations: citations.filter(isKept) },
      { text: '', citations: citations.filter((citation) => !isKept(citation)) },
    ]
  })
}
