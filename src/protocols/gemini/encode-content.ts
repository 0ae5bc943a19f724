/** Writes what stands in a message as parts. */
import { type FilePart, isJsonObject, type JsonObject, type Part, type Source } from '#model'

export type Drop = (name: string) => void

/** What each part is here; those of calls and thoughts are written where their order is known. */
export const encodePart = (part: Part, drop: Drop): JsonObject | undefined => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return part.text === '' ? undefined : { text: part.text }
    case 'tool-reference':
      return { text: `The tool ${part.name} is loaded.` }
    case 'image':
      return encodeSource(part.source, 'image/jpeg', drop)
    case 'file':
      return encodeFile(part, drop)
    case 'audio':
      return { inlineData: { mimeType: `audio/${part.format}`, data: part.data } }
    case 'native': {
      const value = isJsonObject(part.value) ? part.value : {}
      if (part.protocol === 'gemini') return value
      return void drop(typeof value.type === 'string' ? value.type : 'messages')
    }
    case 'reasoning':
    case 'tool-call':
    case 'tool-result':
      return undefined
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

const ENDING = /\.(?<ending>[a-z0-9]+)(?:[?#].*)?$/i

const toMimeType = (url: string, otherwise: string): string =>
  TYPES[ENDING.exec(url)?.groups?.['ending']?.toLowerCase() ?? ''] ?? otherwise

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
  const text = toText(source)
  if (text === undefined)
    return source.kind === 'text' ? undefined : encodeSource(source, 'application/pdf', drop)
  return { text: name === undefined ? text : `${name}\n\n${text}` }
}

const toText = (source: FilePart['source']): string | undefined => {
  if (source.kind === 'text') return source.text
  return source.kind === 'base64' && source.mediaType.startsWith('text/')
    ? Buffer.from(source.data, 'base64').toString('utf8')
    : undefined
}

/** A result's text under the key that says what it is, and what else it holds. */
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
