/** Where citations stand in an answer's text, which each protocol counts in its own way. */
import type { Citation } from '#model'

/** One text part of an answer, and what is said of it. */
export interface CitedText {
  readonly text: string
  readonly citations: readonly Citation[]
}

export interface Place {
  readonly start: number
  readonly end: number
}

/** In the text of its part: all of that where nothing else is said. No character is cut in two. */
export const toPlace = ({ start = 0, end = 0 }: Citation, text: string): Place => {
  const isPlace = start >= 0 && start < end && start < text.length
  if (!isPlace) return { start: 0, end: text.length }
  const from = Math.floor(start)
  const to = Math.min(Math.ceil(end), text.length)
  return { start: isCut(text, from) ? from - 1 : from, end: isCut(text, to) ? to + 1 : to }
}

const isCut = (text: string, at: number): boolean =>
  /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at))
