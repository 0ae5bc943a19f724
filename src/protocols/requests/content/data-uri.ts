/** Data that stands in a URI itself. */
import type { FilePart, Source } from '#model'
import { toBase64Source } from './media-types.ts'

const DATA_URI = /^data:(?<mediaType>[^;,]*)(?:;[^;,]*)*;base64,/i

/** Undefined where the URI leads elsewhere. */
export const toInlineSource = (uri: string, defaultMediaType: string): Source | undefined => {
  const found = DATA_URI.exec(uri)
  if (!found) return undefined
  const mediaType = found.groups?.['mediaType'] || defaultMediaType
  return toBase64Source(mediaType, uri.slice(found[0].length))
}

/** Undefined where only the vendor that holds the data can name it, and for plain text. */
export const toSourceUrl = (source: FilePart['source']): string | undefined => {
  if (source.kind === 'url') return source.url
  return source.kind === 'base64' ? `data:${source.mediaType};base64,${source.data}` : undefined
}
