/** What stands in a message, as content blocks that LangChain's models take. */
import type { FilePart, JsonObject, Part, Source } from '#model'
import { withoutUndefined } from '#protocols'

export type Drop = (name: string) => void

/** Parts that are text for every model, with what each of them says. */
export const toPlainText = (part: Part): string | undefined => {
  if (part.kind === 'text' || part.kind === 'refusal') return part.text
  if (part.kind === 'tool-reference') return `The tool ${part.name} is loaded.`
  return part.kind === 'file' ? toFileText(part) : undefined
}

export const toBlocks = (parts: readonly Part[], drop: Drop): JsonObject[] =>
  parts.flatMap((part) => {
    const made = toBlock(part, drop)
    return made ? [made] : []
  })

const toBlock = (part: Part, drop: Drop): JsonObject | undefined => {
  const text = toPlainText(part)
  if (text !== undefined) return text === '' ? undefined : { type: 'text', text }
  switch (part.kind) {
    case 'image': {
      const url = toUrl(part.source)
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
      return undefined
  }
}

const toFileText = ({ source, name }: FilePart): string | undefined => {
  const text = toSourceText(source)
  return text === undefined || name === undefined ? text : `${name}\n\n${text}`
}

const toSourceText = (source: FilePart['source']): string | undefined => {
  if (source.kind === 'text') return source.text
  if (source.kind === 'base64' && source.mediaType.startsWith('text/'))
    return Buffer.from(source.data, 'base64').toString('utf8')
  // Hardly any model fetches a file, but it may have a tool for it.
  return source.kind === 'url' ? source.url : undefined
}

const toUrl = (source: Source): string | undefined => {
  if (source.kind === 'url') return source.url
  return source.kind === 'base64' ? `data:${source.mediaType};base64,${source.data}` : undefined
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
