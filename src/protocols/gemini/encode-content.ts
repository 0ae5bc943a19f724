/** Writes the content of a message as parts. */
import { type FilePart, type JsonObject, type Part, type Source } from '#model'
import { encodeNative, toPartName } from '../requests/content/native-parts.ts'
import { toLoadedNote, toSourceText, withTitle } from '../requests/content/plain-text.ts'
import type { Drop } from '../protocol.ts'

/** Encodes one part. Calls and thoughts are written by `encode-turns.ts`, which knows their order. */
export const encodePart = (part: Part, drop: Drop): JsonObject | undefined => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return part.text === '' ? undefined : { text: part.text }
    case 'tool-reference':
      return { text: toLoadedNote(part.name) }
    case 'image':
      if (part.detail !== undefined && part.detail !== 'auto') drop('detail')
      return encodeSource(part.source, 'image/jpeg', drop)
    case 'file':
      return encodeFile(part, drop)
    case 'audio':
      return { inlineData: { mimeType: `audio/${part.format}`, data: part.data } }
    case 'native':
      return encodeNative(part, 'gemini', drop)
    case 'reasoning':
    case 'tool-call':
    case 'tool-result':
      return void drop(toPartName(part))
  }
}

export const encodeParts = (parts: readonly Part[], drop: Drop): JsonObject[] =>
  parts.flatMap((part) => {
    const encoded = encodePart(part, drop)
    return encoded ? [encoded] : []
  })

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  heic: 'image/heic',
  pdf: 'application/pdf',
  txt: 'text/plain',
  mp4: 'video/mp4',
}

const EXTENSION = /\.(?<ending>[a-z0-9]+)(?:[?#].*)?$/i

const toMimeType = (url: string, otherwise: string): string =>
  TYPES[EXTENSION.exec(url)?.groups?.['ending']?.toLowerCase() ?? ''] ?? otherwise

const encodeSource = (source: Source, otherwise: string, drop: Drop): JsonObject | undefined => {
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType: source.mediaType, data: source.data } }
    case 'url':
      return { fileData: { mimeType: toMimeType(source.url, otherwise), fileUri: source.url } }
    case 'upload':
      if (source.protocol === 'gemini') return { fileData: { fileUri: source.id } }
      return void drop('file_id')
  }
}

const encodeFile = ({ source, name }: FilePart, drop: Drop): JsonObject | undefined => {
  const text = toSourceText(source)
  if (text === undefined)
    return source.kind === 'text' ? undefined : encodeSource(source, 'application/pdf', drop)
  return { text: withTitle(name, text) }
}

/** Writes a result's text under the key that gives its meaning, and returns the media it also holds. */
export const encodeResultParts = (
  parts: readonly Part[],
  isError: boolean | undefined,
  drop: Drop,
): { readonly response: JsonObject; readonly media: readonly JsonObject[] } => {
  const encoded = encodeParts(parts, drop)
  const texts = encoded.flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
  const media = encoded.filter(({ text }) => text === undefined)
  return { response: { [isError ? 'error' : 'output']: texts.join('\n') }, media }
}
