/** Where citations stand in an answer's text, which each protocol counts in its own way. */
import type { Citation } from '#model'

export interface Place {
  readonly start: number
  readonly end: number
}

/** In a part of so many characters: all of that where nothing else is said. */
export const toPlaceWithin = ({ start = 0, end = 0 }: Citation, characters: number): Place =>
  start >= 0 && start < end && start < characters
    ? { start: Math.floor(start), end: Math.min(Math.ceil(end), characters) }
    : { start: 0, end: characters }

/** In the text of its part. No character is cut in two. */
export const toPlace = (citation: Citation, text: string): Place => {
  const { start, end } = toPlaceWithin(citation, text.length)
  return { start: isCut(text, start) ? start - 1 : start, end: isCut(text, end) ? end + 1 : end }
}

const isCut = (text: string, at: number): boolean =>
  /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at))
