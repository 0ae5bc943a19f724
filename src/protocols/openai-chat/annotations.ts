/** Citations as annotations of the complete content. Only a citation with a web address can be represented here. */
import { type Citation, isJsonObject, type JsonObject } from '#model'
import { toPlaceWithin } from '../answers/cited-places.ts'
import { toUrlCitation } from '../requests/content/openai-content.ts'

/** A text part of the vocabulary, as far as it has been written. */
export interface SaidText {
  readonly part: number
  characters: number
}

interface FoundCitation {
  /** The text that the citation refers to; without a place, the last one. */
  readonly of: number
  readonly citation: Citation
}

export const decodeAnnotation = (
  annotation: unknown,
  texts: readonly SaidText[],
): FoundCitation | undefined => {
  const cited = isJsonObject(annotation) ? annotation.url_citation : undefined
  const last = texts.at(-1)
  if (!isJsonObject(cited) || !last) return undefined
  const citation = toUrlCitation(cited, { protocol: 'openai-chat', value: annotation })
  const { start = 0, end = 0 } = citation
  if (start < 0 || end <= start) return { of: last.part, citation }
  let before = 0
  const isIn = ({ part, characters }: SaidText): boolean => {
    const found = start < before + characters || part === last.part
    if (!found) before += characters
    return found
  }
  const { part: of } = texts.find(isIn) ?? last
  return { of, citation: { ...citation, start: start - before, end: end - before } }
}

/** One text part of an answer, and its citations. */
interface CitedText {
  readonly characters: number
  readonly citations: readonly Citation[]
}

/** @param texts that make up the content, in order. */
export const toAnnotations = (texts: readonly CitedText[]): JsonObject[] => {
  let before = 0
  return texts.flatMap(({ characters, citations }) => {
    const offset = before
    before += characters
    return citations.flatMap((citation): JsonObject[] => {
      const { url, title = '' } = citation
      if (!url) return []
      const { start, end } = toPlaceWithin(citation, characters)
      const place = { start_index: offset + start, end_index: offset + end }
      return [{ type: 'url_citation', url_citation: { url, title, ...place } }]
    })
  })
}
