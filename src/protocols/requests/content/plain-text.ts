/** What parts say in words, for models that take nothing else in their place. */
import type { FilePart, Part } from '#model'

/** Parts that are text for every vendor, with what each of them says. */
export const toPlainText = (part: Part): string | undefined => {
  if (part.kind === 'text' || part.kind === 'refusal') return part.text
  if (part.kind === 'tool-reference') return toLoadedNote(part.name)
  if (part.kind !== 'file') return undefined
  const { source, name } = part
  // A file that must be fetched has no form everywhere, but the model may have a tool for it.
  const text = source.kind === 'url' ? source.url : toSourceText(source)
  return text === undefined ? undefined : withTitle(name, text)
}

export const toLoadedNote = (tool: string): string => `The tool ${tool} is loaded.`

export const withTitle = (title: string | undefined, text: string): string =>
  title === undefined ? text : `${title}\n\n${text}`

/** Undefined where the file is no text. */
export const toSourceText = (source: FilePart['source']): string | undefined => {
  if (source.kind === 'text') return source.text
  return source.kind === 'base64' && source.mediaType.startsWith('text/')
    ? Buffer.from(source.data, 'base64').toString('utf8')
    : undefined
}
