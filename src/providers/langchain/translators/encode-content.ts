/** Writes the content of a message as blocks that LangChain's models accept. */
import type { FilePart, JsonObject, Part } from '#model'
import { type Drop, toPartName, toPlainText, toSourceUrl, withoutUndefined } from '#protocols'

export const encodeParts = (parts: readonly Part[], drop: Drop): JsonObject[] =>
  parts.flatMap((part) => {
    const made = toBlock(part, drop)
    return made ? [made] : []
  })

const toBlock = (part: Part, drop: Drop): JsonObject | undefined => {
  const text = toPlainText(part)
  if (text !== undefined) return text === '' ? undefined : { type: 'text', text }
  switch (part.kind) {
    case 'image': {
      const url = toSourceUrl(part.source)
      if (url === undefined) return void drop('file_id')
      return { type: 'image_url', image_url: withoutUndefined({ url, detail: part.detail }) }
    }
    case 'file':
      return toFileBlock(part, drop)
    case 'audio': {
      const { data, format } = part
      return { type: 'audio', source_type: 'base64', mime_type: `audio/${format}`, data }
    }
    case 'native':
      return void drop('messages')
    default:
      return void drop(toPartName(part))
  }
}

const toFileBlock = ({ source, name }: FilePart, drop: Drop): JsonObject | undefined => {
  if (source.kind !== 'base64') return void drop('file_id')
  return {
    type: 'file',
    source_type: 'base64',
    mime_type: source.mediaType,
    data: source.data,
    metadata: { filename: name ?? 'document.pdf' },
  }
}
