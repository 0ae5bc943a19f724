/** Writes the content of a message or of a tool's output as parts. */
import { type FilePart, invalidRequest, type JsonObject, type Part, type Source } from '#model'
import { toSourceUrl } from '../requests/content/data-uri.ts'
import { withoutUndefined } from '../requests/fields.ts'
import { encodeNative, toPartName } from '../requests/content/native-parts.ts'
import { toLoadedNote, toSourceText, withTitle } from '../requests/content/plain-text.ts'
import { PROTOCOL } from './decode-content.ts'
import type { Drop } from '../protocol.ts'

export const encodeParts = (parts: readonly Part[], drop: Drop): JsonObject[] =>
  parts.flatMap((part) => {
    const encoded = encodePart(part, drop)
    return encoded ? [withoutUndefined(encoded)] : []
  })

/** A string if it is only text, which every server accepts. */
export const encodeOutput = (parts: readonly Part[], drop: Drop): string | JsonObject[] => {
  const encoded = encodeParts(parts, drop)
  return encoded.every(({ type }) => type === 'input_text')
    ? encoded.map(({ text }) => String(text)).join('\n')
    : encoded
}

const toText = (text: string): JsonObject | undefined =>
  text === '' ? undefined : { type: 'input_text', text }

const encodePart = (part: Part, drop: Drop): JsonObject | undefined => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return toText(part.text)
    case 'tool-reference':
      return toText(toLoadedNote(part.name))
    case 'image':
      return encodeImage(part.source, part.detail, drop)
    case 'file':
      return encodeFile(part, drop)
    case 'audio':
      throw invalidRequest('The model that this name leads to does not take audio.', 'messages')
    case 'native':
      return encodeNative(part, PROTOCOL, drop)
    case 'reasoning':
    case 'tool-call':
    case 'tool-result':
      return void drop(toPartName(part))
  }
}

const encodeImage = (
  source: Source,
  detail: string | undefined,
  drop: Drop,
): JsonObject | undefined => {
  const place = toPlace(source, drop)
  if (!place) return undefined
  return { type: 'input_image', ...place, detail: detail ?? 'auto' }
}

const toPlace = (source: Source, drop: Drop): JsonObject | undefined => {
  if (source.kind !== 'upload') return { image_url: toSourceUrl(source) }
  return source.protocol === PROTOCOL ? { file_id: source.id } : void drop('file_id')
}

const encodeFile = ({ source, name }: FilePart, drop: Drop): JsonObject | undefined => {
  switch (source.kind) {
    case 'text':
      return toText(withTitle(name, source.text))
    case 'url':
      return { type: 'input_file', file_url: source.url }
    case 'upload':
      if (source.protocol === PROTOCOL) return { type: 'input_file', file_id: source.id }
      return void drop('file_id')
    case 'base64': {
      const text = toSourceText(source)
      if (text !== undefined) return toText(text)
      // The vendor requires a name beside the data.
      return {
        type: 'input_file',
        filename: name ?? 'document.pdf',
        file_data: toSourceUrl(source),
      }
    }
  }
}
