/** Writes what stands in a message: a string where it is all text, which every vendor takes, else parts. */
import { type FilePart, isJsonObject, type JsonObject, type Part, type Source } from '#model'
import { withoutUndefined } from '../fields.ts'

const PROTOCOL = 'openai-chat'

export type Drop = (name: string) => void

export const encodeContent = (parts: readonly Part[], drop: Drop): string | JsonObject[] => {
  const encoded = encodeParts(parts, drop)
  return encoded.every(isText) ? encoded.map(({ text }) => text).join('\n\n') : encoded
}

/** Parts that are text for this vendor, with what each of them says. */
export const toPlainText = (part: Part): string | undefined => {
  if (part.kind === 'text' || part.kind === 'refusal') return part.text
  if (part.kind === 'tool-reference') return `The tool ${part.name} is loaded.`
  return part.kind === 'file' ? toFileText(part) : undefined
}

const toFileText = ({ source, name }: FilePart): string | undefined => {
  const text = toSourceText(source)
  return text === undefined || name === undefined ? text : `${name}\n\n${text}`
}

const toSourceText = (source: FilePart['source']): string | undefined => {
  if (source.kind === 'text') return source.text
  if (source.kind === 'base64' && source.mediaType.startsWith('text/'))
    return Buffer.from(source.data, 'base64').toString('utf8')
  // A file that must be fetched has no form here, but the model may have a tool for it.
  return source.kind === 'url' ? source.url : undefined
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
      const url = toUrl(part.source)
      if (url === undefined) return void drop('file_id')
      return { type: 'image_url', image_url: withoutUndefined({ url, detail: part.detail }) }
    }
    case 'file':
      return encodeFile(part, drop)
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } }
    case 'native': {
      const value = isJsonObject(part.value) ? part.value : {}
      if (part.protocol === PROTOCOL) return value
      return void drop(typeof value.type === 'string' ? value.type : 'messages')
    }
    default:
      return undefined
  }
}

const toUrl = (source: Source): string | undefined => {
  if (source.kind === 'url') return source.url
  return source.kind === 'base64' ? `data:${source.mediaType};base64,${source.data}` : undefined
}

const encodeFile = ({ source, name }: FilePart, drop: Drop): JsonObject | undefined => {
  if (source.kind === 'upload') {
    if (source.protocol === PROTOCOL) return { type: 'file', file: { file_id: source.id } }
    return void drop('file_id')
  }
  const file_data = source.kind === 'text' ? undefined : toUrl(source)
  // The vendor wants a name beside the data.
  return { type: 'file', file: { filename: name ?? 'document.pdf', file_data } }
}
