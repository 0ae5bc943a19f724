/** Reads the content of a message: a string or a list of parts. */
import type { FilePart, ImagePart, JsonObject, Part, Source } from '#model'
import { decodeBlock, isAnthropicsBlock } from '../anthropic-messages/index.ts'
import {
  at,
  lookUp,
  optionalString,
  requiredObject,
  requiredString,
  toArray,
  toObject,
  toString,
  withoutUndefined,
} from '../requests/fields.ts'
import { toOwnKind } from '../requests/content/media-types.ts'
import { toAudio, toFileSource, toImageSource } from '../requests/content/openai-content.ts'
import { PROTOCOL } from './wire.ts'

/** Empty texts carry nothing, and some vendors refuse them. */
export const decodeContent = (content: unknown, path: string): Part[] => {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  return toArray(content, path).flatMap((value, index) => {
    const where = at(path, index)
    if (typeof value === 'string') return decodeContent(value, where)
    const part = toPart(toObject(value, where), where)
    return part.kind === 'text' && part.text === '' ? [] : [part]
  })
}

type ReadPart = (part: JsonObject, path: string) => Part

const cacheMark = ({ cache_control }: JsonObject) => cache_control ?? undefined

const toNative: ReadPart = (part) => ({ kind: 'native', protocol: PROTOCOL, value: part })

const toText: ReadPart = (part, path) =>
  withoutUndefined({
    kind: 'text',
    text: requiredString(part, 'text', path),
    cacheControl: cacheMark(part),
  } as Part)

const toImage: ReadPart = (part, path) => {
  const where = at(path, 'image_url')
  const image =
    typeof part.image_url === 'string'
      ? { url: part.image_url }
      : requiredObject(part, 'image_url', path)
  const url = requiredString(image, 'url', where)
  return toOwnKind(
    withoutUndefined<ImagePart>({
      kind: 'image',
      source: toImageSource(url),
      detail: optionalString(image, 'detail', where),
      cacheControl: cacheMark(part),
    } as ImagePart),
  )
}

/** Some clients send a URL in place of the data. */
const toDataOrUrl = (data: string): Source =>
  /^https?:/i.test(data) ? { kind: 'url', url: data } : toFileSource(data)

const toFile: ReadPart = (part, path) => {
  const file = requiredObject(part, 'file', path)
  const where = at(path, 'file')
  const data = optionalString(file, 'file_data', where)
  const id = optionalString(file, 'file_id', where)
  if (data === undefined && id === undefined) return toNative(part, path)
  return toOwnKind(
    withoutUndefined<FilePart>({
      kind: 'file',
      source: data === undefined ? { kind: 'upload', id, protocol: PROTOCOL } : toDataOrUrl(data),
      name: optionalString(file, 'filename', where),
      cacheControl: cacheMark(part),
    } as FilePart),
  )
}

const READERS: Readonly<Record<string, ReadPart>> = {
  text: toText,
  image_url: toImage,
  file: toFile,
  input_audio: toAudio,
  refusal: (part, path) => ({ kind: 'refusal', text: requiredString(part, 'refusal', path) }),
}

const toPart: ReadPart = (part, path) => {
  const read = lookUp(READERS, toString(part.type, at(path, 'type')))
  if (read) return read(part, path)
  return isAnthropicsBlock(part) ? toBlock(part, path) : toNative(part, path)
}

/** Clients write Anthropic's blocks for models named claude-…: https://github.com/BerriAI/litellm/issues/25669 */
const toBlock: ReadPart = (block, path) => {
  if (block.type !== 'tool_result') return decodeBlock(block, path)
  // The content of a result is read here, because its parts may be of either protocol.
  const { content, ...rest } = block
  const result = decodeBlock(rest, path)
  return { ...result, parts: decodeContent(content, at(path, 'content')) } as Part
}
