/** Reads the content of a message: a string or a list of blocks. */
import {
  type FilePart,
  type ImagePart,
  isJsonObject,
  type JsonObject,
  type Part,
  type Source,
  type TextPart,
} from '#model'
import {
  at,
  lookUp,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredObject,
  requiredString,
  toArray,
  toObject,
  withoutUndefined,
} from '../requests/fields.ts'
import { toBase64Source, toOwnKind } from '../requests/content/media-types.ts'
import { toCitation } from './citations.ts'
import { PROTOCOL } from './wire.ts'

export const decodeContent = (content: unknown, path: string): Part[] => {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  return toArray(content, path).flatMap((block, index) => {
    const where = at(path, index)
    const part = decodeBlock(toObject(block, where), where)
    return isEmptyText(part) ? [] : [part]
  })
}

/** The vendor refuses empty texts, and they carry nothing. */
const isEmptyText = (part: Part): boolean => part.kind === 'text' && part.text === ''

type ReadBlock = (block: JsonObject, path: string) => Part

const cacheMark = ({ cache_control }: JsonObject) => cache_control ?? undefined

const toNative: ReadBlock = (block) => ({ kind: 'native', protocol: PROTOCOL, value: block })

const toText: ReadBlock = (block, path) =>
  withoutUndefined<TextPart>({
    kind: 'text',
    text: requiredString(block, 'text', path),
    citations:
      Array.isArray(block.citations) && block.citations.length > 0
        ? block.citations.filter(isJsonObject).map(toCitation)
        : undefined,
    cacheControl: cacheMark(block),
  } as TextPart)

const toSource = (source: JsonObject, path: string): Source | undefined => {
  switch (source.type) {
    case 'base64':
      return toBase64Source(
        requiredString(source, 'media_type', path),
        requiredString(source, 'data', path),
      )
    case 'url':
      return { kind: 'url', url: requiredString(source, 'url', path) }
    case 'file':
      return { kind: 'upload', id: requiredString(source, 'file_id', path), protocol: PROTOCOL }
    default:
      return undefined
  }
}

const toImage: ReadBlock = (block, path) => {
  const source = toSource(requiredObject(block, 'source', path), at(path, 'source'))
  if (!source) return toNative(block, path)
  return toOwnKind(
    withoutUndefined<ImagePart>({
      kind: 'image',
      source,
      cacheControl: cacheMark(block),
    } as ImagePart),
  )
}

/** The text of nested blocks; undefined if one of them is not text. */
const toPlainText = (content: unknown): string | undefined => {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = content.map((block: unknown) => (isJsonObject(block) ? block.text : undefined))
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : undefined
}

const toDocumentSource = (source: JsonObject, path: string) => {
  const text =
    source.type === 'text'
      ? requiredString(source, 'data', path)
      : source.type === 'content'
        ? toPlainText(source.content)
        : undefined
  return text === undefined ? toSource(source, path) : ({ kind: 'text', text } as const)
}

const toDocument: ReadBlock = (block, path) => {
  const source = toDocumentSource(requiredObject(block, 'source', path), at(path, 'source'))
  if (!source) return toNative(block, path)
  return toOwnKind(
    withoutUndefined<FilePart>({
      kind: 'file',
      source,
      name: typeof block.title === 'string' ? block.title : undefined,
      cacheControl: cacheMark(block),
    } as FilePart),
  )
}

const toSearchResult: ReadBlock = (block, path) => {
  const text = toPlainText(block.content)
  if (text === undefined) return toNative(block, path)
  const origin = optionalString(block, 'source', path) ?? ''
  return withoutUndefined<Part>({
    kind: 'file',
    source: { kind: 'text', text: `${origin}\n\n${text}`.trim() },
    name: typeof block.title === 'string' ? block.title : undefined,
    cacheControl: cacheMark(block),
  } as Part)
}

const toThinking: ReadBlock = (block, path) => {
  const text = requiredString(block, 'thinking', path)
  const { signature } = block
  return typeof signature === 'string' && signature !== ''
    ? { kind: 'reasoning', text, signature }
    : { kind: 'reasoning', text }
}

const toToolCall: ReadBlock = (block, path) =>
  withoutUndefined<Part>({
    kind: 'tool-call',
    id: requiredString(block, 'id', path),
    name: requiredString(block, 'name', path),
    arguments: JSON.stringify(optionalObject(block, 'input', path) ?? {}),
    cacheControl: cacheMark(block),
  } as Part)

const toToolResult: ReadBlock = (block, path) => {
  const { content } = block
  return withoutUndefined<Part>({
    kind: 'tool-result',
    callId: requiredString(block, 'tool_use_id', path),
    parts:
      content === undefined || content === null ? [] : decodeContent(content, at(path, 'content')),
    isError: optionalBoolean(block, 'is_error', path),
    cacheControl: cacheMark(block),
  } as Part)
}

const READERS: Readonly<Record<string, ReadBlock>> = {
  text: toText,
  image: toImage,
  document: toDocument,
  search_result: toSearchResult,
  thinking: toThinking,
  redacted_thinking: (block, path) => ({
    kind: 'reasoning',
    text: '',
    redacted: requiredString(block, 'data', path),
  }),
  tool_use: toToolCall,
  tool_result: toToolResult,
  tool_reference: (block, path) => ({
    kind: 'tool-reference',
    name: requiredString(block, 'tool_name', path),
  }),
}

/** Reports whether this is a block that only this protocol writes. */
export const isAnthropicsBlock = ({ type, source, thinking }: JsonObject): boolean => {
  if (type === 'image' || type === 'document') return isJsonObject(source)
  if (type === 'thinking') return typeof thinking === 'string'
  return typeof type === 'string' && (OWN_TYPES.has(type) || VENDORS_OWN.test(type))
}

const OWN_TYPES: ReadonlySet<string> = new Set([
  'tool_use',
  'tool_result',
  'redacted_thinking',
  'search_result',
  'tool_reference',
])

/** Calls and results of tools that the vendor runs itself. */
const VENDORS_OWN = /^(?:server|mcp)_tool_use$|^[a-z_]+_tool_result$/

export const decodeBlock: ReadBlock = (block, path) =>
  (lookUp(READERS, requiredString(block, 'type', path)) ?? toNative)(block, path)
