/** Citations as annotations of the whole content: only what points to a place on the web has a form here. */
import type { JsonObject } from '#model'
import { type CitedText, toPlace } from '../cited-places.ts'

/** The texts that make up the content, in their order. */
export const toAnnotations = (texts: readonly CitedText[]): JsonObject[] => {
  let before = 0
  return texts.flatMap(({ text, citations }) => {
    const offset = before
    before += text.length
    return citations.flatMap((citation): JsonObject[] => {
      const { url, title = '' } = citation
      if (!url) return []
      const { start, end } = toPlace(citation, text)
      const place = { start_index: offset + start, end_index: offset + end }
      return [{ type: 'url_citation', url_citation: { url, title, ...place } }]
    })
  })
}
