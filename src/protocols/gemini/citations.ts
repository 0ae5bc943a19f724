/** Where an answer comes from: grounding, in both tongues. */
import { type Citation, isJsonObject, type JsonObject } from '#model'
import { withoutUndefined } from '../fields.ts'
import type { WireCandidate } from './wire.ts'

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const objectsOf = (value: unknown): JsonObject[] => toList(value).filter(isJsonObject)

const toText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const toCitation = (source: JsonObject, native: JsonObject, quote?: string): Citation =>
  withoutUndefined({
    url: toText(source.uri),
    title: toText(source.title),
    quote,
    native: { protocol: 'gemini', value: native },
  } as Citation)

const sourceOf = (chunk: JsonObject): JsonObject =>
  [chunk.web, chunk.retrievedContext, chunk.maps].find(isJsonObject) ?? {}

/** One for each place in the text and each source that it leans on; sources that no place names stand alone. */
const toGrounding = (metadata: JsonObject): Citation[] => {
  const chunks = objectsOf(metadata.groundingChunks)
  const named = new Set<unknown>()
  const cited = objectsOf(metadata.groundingSupports).flatMap((support) => {
    const quote = isJsonObject(support.segment) ? toText(support.segment.text) : undefined
    return toList(support.groundingChunkIndices).flatMap((index): Citation[] => {
      const chunk = typeof index === 'number' ? chunks[index] : undefined
      if (!chunk) return []
      named.add(chunk)
      return [toCitation(sourceOf(chunk), chunk, quote)]
    })
  })
  const alone = chunks.filter((chunk) => !named.has(chunk))
  return [...cited, ...alone.map((chunk) => toCitation(sourceOf(chunk), chunk))]
}

export const toCitations = ({ groundingMetadata, citationMetadata }: WireCandidate): Citation[] => [
  ...(isJsonObject(groundingMetadata) ? toGrounding(groundingMetadata) : []),
  ...(isJsonObject(citationMetadata)
    ? objectsOf(citationMetadata.citationSources ?? citationMetadata.citations).map((source) =>
        toCitation(source, source),
      )
    : []),
]

/** Only what points to a place on the web has a form here. */
export const encodeGrounding = (citations: readonly Citation[]): JsonObject | undefined => {
  const cited = citations.filter(({ url }) => url !== undefined)
  if (cited.length === 0) return undefined
  return {
    groundingChunks: cited.map(({ url, title }) => ({
      web: withoutUndefined({ uri: url, title }),
    })),
    groundingSupports: cited.flatMap(({ quote }, index) =>
      quote === undefined ? [] : [{ segment: { text: quote }, groundingChunkIndices: [index] }],
    ),
  }
}
