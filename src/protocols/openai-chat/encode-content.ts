/** Writes the content of a message: a string if it is only text, which every vendor accepts, otherwise parts. */
import { type FilePart, type JsonObject, type Part } from '#model'
import { toSourceUrl } from '../requests/content/data-uri.ts'
import { withoutUndefined } from '../requests/fields.ts'
import { encodeNative, toPartName } from '../requests/content/native-parts.ts'
import { toPlainText } from '../requests/content/plain-text.ts'
import { PROTOCOL } from './wire.ts'
import type { Drop } from '../protocol.ts'

export const encodeContent = (parts: readonly Part[], drop: Drop): string | JsonObject[] => {
  const encoded = encodeParts(parts, drop)
  return encoded.every(isText) ? encoded.map(({ text }) => text).join('\n\n') : encoded
}

const isText = (part: JsonObject): part is { type: 'text'; text: string } => part.type === 'text'

export const encodeParts = (parts: readonly Part[], drop: Drop): JsonObject[] =>
  parts.flatMap((part) => {
    const encoded = encodePart(part, drop)
    return encoded ? [withoutUndefined(encoded)] : []
  })

const encodePart = (part: Part, drop: Drop): JsonObject | undefined => {
  const text = toPlainText(part)
  if (text !== undefined) return text === '' ? undefined : { type: 'text', text }
  switch (part.kind) {
    case 'image': {
      const url = toSourceUrl(part.source)
      if (url === undefined) return void drop('file_id')
      return { type: 'image_url', image_url: withoutUndefined({ url, detail: part.detail }) }
    }
    case 'file':
      return encodeFile(part, drop)
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } }
    case 'native':
      return encodeNative(part, PROTOCOL, drop)
    default:
      return void drop(toPartName(part))
  }
}

const encodeFile = ({ source, name }: FilePart, drop: Drop): JsonObject | undefined => {
  if (source.kind === 'upload') {
    if (source.protocol === PROTOCOL) return { type: 'file', file: { file_id: source.id } }
    return void drop('file_id')
  }
  const file_data = toSourceUrl(source)
  // The vendor requires a name beside the data.
  return { type: 'file', file: { filename: name ?? 'document.pdf', file_data } }
}
