/** Positions of citations in an answer's text, which each protocol counts differently. */
import type { Citation } from '#model'

export interface Place {
  readonly start: number
  readonly end: number
}

/** The position in a part of this many characters; the complete part if the citation has none. */
export const toPlaceWithin = ({ start = 0, end = 0 }: Citation, characters: number): Place =>
  start >= 0 && start < end && start < characters
    ? { start: Math.floor(start), end: Math.min(Math.ceil(end), characters) }
    : { start: 0, end: characters }

/** The position in the text of the part, with no character cut in two. */
export const toPlace = (citation: Citation, text: string): Place => {
  const { start, end } = toPlaceWithin(citation, text.length)
  return { start: isCut(text, start) ? start - 1 : start, end: isCut(text, end) ? end + 1 : end }
}

const isCut = (text: string, at: number): boolean =>
  /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at))
