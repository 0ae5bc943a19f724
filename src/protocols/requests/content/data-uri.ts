/** Data that a URI itself contains. */
import type { FilePart, Source } from '#model'
import { toBase64Source } from './media-types.ts'

const DATA_URI = /^data:(?<mediaType>[^;,]*)(?:;[^;,]*)*;base64,/i

/** Undefined if the URI is an address. */
export const toInlineSource = (uri: string, defaultMediaType: string): Source | undefined => {
  const found = DATA_URI.exec(uri)
  if (!found) return undefined
  const mediaType = found.groups?.['mediaType'] || defaultMediaType
  return toBase64Source(mediaType, uri.slice(found[0].length))
}

/** Undefined for plain text, and for uploads, which only their vendor can resolve. */
export const toSourceUrl = (source: FilePart['source']): string | undefined => {
  if (source.kind === 'url') return source.url
  return source.kind === 'base64' ? `data:${source.mediaType};base64,${source.data}` : undefined
}
