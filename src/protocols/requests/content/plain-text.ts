/** The text of parts, for models that accept only text in their place. */
import type { FilePart, Part } from '#model'

/** The part as text, if it is text for every vendor; otherwise undefined. */
export const toPlainText = (part: Part): string | undefined => {
  if (part.kind === 'text' || part.kind === 'refusal') return part.text
  if (part.kind === 'tool-reference') return toLoadedNote(part.name)
  if (part.kind !== 'file') return undefined
  const { source, name } = part
  // Not every vendor fetches a file, but the model may have a tool for it.
  const text = source.kind === 'url' ? source.url : toSourceText(source)
  return text === undefined ? undefined : withTitle(name, text)
}

export const toLoadedNote = (tool: string): string => `The tool ${tool} is loaded.`

export const withTitle = (title: string | undefined, text: string): string =>
  title === undefined ? text : `${title}\n\n${text}`

/** Undefined if the file is not text. */
export const toSourceText = (source: FilePart['source']): string | undefined => {
  if (source.kind === 'text') return source.text
  return source.kind === 'base64' && source.mediaType.startsWith('text/')
    ? Buffer.from(source.data, 'base64').toString('utf8')
    : undefined
}
