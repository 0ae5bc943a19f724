/** Citations as annotations of a text. Only a citation with a web address can be represented here. */
import { type Citation, isJsonObject, type JsonObject } from '#model'
import { toPlace } from '../answers/cited-places.ts'
import { toUrlCitation } from '../requests/content/openai-content.ts'
import { PROTOCOL } from './decode-content.ts'

export const toAnnotations = (text: string, citations: readonly Citation[]): JsonObject[] =>
  citations.flatMap((citation): JsonObject[] => {
    const { url, title = '' } = citation
    if (!url) return []
    const { start, end } = toPlace(citation, text)
    return [{ type: 'url_citation', url, title, start_index: start, end_index: end }]
  })

export const toCitation = (annotation: unknown): Citation | undefined =>
  isJsonObject(annotation) && annotation.type === 'url_citation'
    ? toUrlCitation(annotation, { protocol: PROTOCOL, value: annotation })
    : undefined
