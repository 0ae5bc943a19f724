/** The text of an answer, as far as it is kept for citations that may come behind it. */
import type { Citation } from '#model'
import { type ByteString, createGrowingText, unescapeJson } from '#streams'

/** Of one answer. More than grounded answers have; a citation behind it keeps its source, and has no place. */
const MAX_CITED_BYTES = 128 * 1024

export interface CitedText {
  /** More of it, escaped as in a JSON string. */
  add(escaped: ByteString): void
  /** As far as it is kept. */
  readonly text: string
  /** More has come than is kept. */
  readonly isCut: boolean
}

/** All texts of one answer share what may be kept. */
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

/** Behind a text that was cut no place can be told: those citations are of no text. */
export const placeCitations = (
  texts: readonly { readonly said: CitedText; readonly citations: readonly Citation[] }[],
): PlacedCitations[] => {
  let isLost = false
  return texts.flatMap(({ said, citations }): PlacedCitations[] => {
    if (isLost) return [{ text: '', citations }]
    const { text } = said
    if (!said.isCut) return [{ text, citations }]
    isLost = true
    const isKept = ({ end = Infinity }: Citation): boolean => end <= text.length
    return [
      { text, citations: citations.filter(isKept) },
      { text: '', citations: citations.filter((citation) => !isKept(citation)) },
    ]
  })
}
