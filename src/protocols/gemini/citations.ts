/** Translates grounding (the sources of an answer) in both directions. Positions count UTF-8 bytes. */
import { type Citation, isJsonObject, type JsonObject } from '#model'
import { type Place, toPlace } from '../answers/cited-places.ts'
import { withoutUndefined } from '../requests/fields.ts'
import { toList, toOptionalNumber, toText } from '../requests/lenient-fields.ts'
import type { CitedText } from './cited-text.ts'
import type { WireCandidate, WirePart } from './wire.ts'

interface FoundCitation {
  readonly citation: Citation
  /** Counted in bytes of the complete answer. */
  readonly place: Place | undefined
}

const objectsOf = (value: unknown): JsonObject[] => toList(value).filter(isJsonObject)

const toCitation = (source: JsonObject, native: JsonObject): Citation =>
  withoutUndefined({
    url: toText(source.uri) || undefined,
    title: toText(source.title) || undefined,
    // `text` is the passage of the source, not of the answer.
    quote: toText(source.text) || undefined,
    native: { protocol: 'gemini', value: native },
  } as Citation)

const sourceOf = (chunk: JsonObject): JsonObject =>
  [chunk.web, chunk.retrievedContext, chunk.maps].find(isJsonObject) ?? {}

/** A place is counted from the start of its part; in a stream, from the start of the answer. */
const readPlace = (segment: unknown, parts: readonly WirePart[]): Place | undefined => {
  if (!isJsonObject(segment)) return undefined
  const { startIndex = 0, endIndex, partIndex } = segment
  const start = toOptionalNumber(startIndex) ?? -1
  const end = toOptionalNumber(endIndex) ?? -1
  if (start < 0 || end <= start) return undefined
  const before = parts
    .slice(0, toOptionalNumber(partIndex) ?? 0)
    .reduce((sum, { text, thought }) => (thought ? sum : sum + Buffer.byteLength(toText(text))), 0)
  return { start: before + start, end: before + end }
}

/** Makes one citation for each place in the text and each source it relies on. Sources without a place stand alone. */
const toGrounding = (metadata: JsonObject, parts: readonly WirePart[]): FoundCitation[] => {
  const chunks = objectsOf(metadata.groundingChunks)
  const named = new Set<unknown>()
  const cited = objectsOf(metadata.groundingSupports).flatMap((support, at) => {
    const place = at < MAX_PLACES ? readPlace(support.segment, parts) : undefined
    return toList(support.groundingChunkIndices).flatMap((index): FoundCitation[] => {
      const chunk = typeof index === 'number' ? chunks[index] : undefined
      if (!chunk) return []
      named.add(chunk)
      return [{ citation: toCitation(sourceOf(chunk), chunk), place }]
    })
  })
  const alone = chunks.filter((chunk) => !named.has(chunk))
  return [
    ...cited,
    ...alone.map((chunk) => ({ citation: toCitation(sourceOf(chunk), chunk), place: undefined })),
  ]
}

export const toCitations = (
  { groundingMetadata, citationMetadata }: WireCandidate,
  parts: readonly WirePart[],
): FoundCitation[] => [
  ...(isJsonObject(groundingMetadata) ? toGrounding(groundingMetadata, parts) : []),
  ...(isJsonObject(citationMetadata)
    ? objectsOf(citationMetadata.citationSources ?? citationMetadata.citations).map(
        (source, at) => ({
          citation: toCitation(source, source),
          place: at < MAX_PLACES ? readPlace(source, parts) : undefined,
        }),
      )
    : []),
]

/** Every place is searched for in the complete text. Citations beyond this limit keep only their source. */
const MAX_PLACES = 500

/** A text part of the vocabulary, as far as it has been written. */
export interface SaidPart {
  readonly part: number
  readonly said: CitedText
}

/** Finds the part in which a place begins, and its position there. */
export const findPlace = (
  parts: readonly SaidPart[],
  place: Place,
): (Place & { readonly part: number }) | undefined => {
  let before = 0
  for (const { part, said } of parts) {
    const bytes = Buffer.from(said.text)
    const toCharacters = (at: number): number => bytes.subarray(0, at - before).toString().length
    if (place.start < before + bytes.length)
      return { part, start: toCharacters(place.start), end: toCharacters(place.end) }
    // The length of the text is unknown, so the start of the next part is, too.
    if (said.isCut) return undefined
    before += bytes.length
  }
  return undefined
}

/** A text that is a part of its own has an index; otherwise it continues the text before it. */
interface WrittenText {
  readonly text: string
  readonly citations: readonly Citation[]
  readonly partIndex?: number
}

/**
 * Each place is counted from the start of its text, and quoted. Citations beyond this much work keep only their source.
 */
const MAX_COUNTED_CHARACTERS = 16_000_000

/** Only a citation with a web address can be represented here. */
export const encodeGrounding = (texts: readonly WrittenText[]): JsonObject | undefined => {
  const sources = new Map<string, { readonly at: number; readonly chunk: JsonObject }>()
  const groundingSupports: JsonObject[] = []
  let room = MAX_COUNTED_CHARACTERS
  let before = 0

  const indexOf = (url: string, title: string | undefined): number => {
    const known = sources.get(url)
    if (known) return known.at
    const at = sources.size
    sources.set(url, { at, chunk: { web: withoutUndefined({ uri: url, title }) } })
    return at
  }

  for (const { text, citations, partIndex } of texts) {
    for (const citation of citations) {
      const { url, title } = citation
      if (!url) continue
      const source = indexOf(url, title)
      if (text === '') continue
      const { start, end } = toPlace(citation, text)
      room -= end
      if (room < 0) continue
      const toBytes = (at: number): number => before + Buffer.byteLength(text.slice(0, at))
      groundingSupports.push({
        segment: {
          ...(partIndex ? { partIndex } : {}),
          startIndex: toBytes(start),
          endIndex: toBytes(end),
          text: text.slice(start, end),
        },
        groundingChunkIndices: [source],
      })
    }
    if (partIndex === undefined) before += Buffer.byteLength(text)
  }
  if (sources.size === 0) return undefined
  return { groundingChunks: [...sources.values()].map(({ chunk }) => chunk), groundingSupports }
}
