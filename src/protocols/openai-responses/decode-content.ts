/** Reads the content of a message or of a tool's output: a string or a list of parts. */
import type { FilePart, ImagePart, JsonObject, Part, Source } from '#model'
import {
  at,
  lookUp,
  optionalString,
  requiredString,
  toArray,
  toObject,
  withoutUndefined,
} from '../requests/fields.ts'
import { toOwnKind } from '../requests/content/media-types.ts'
import { toAudio, toFileSource, toImageSource } from '../requests/content/openai-content.ts'

export const PROTOCOL = 'openai-responses'

/** Empty texts carry nothing, and some vendors refuse them. */
export const decodeContent = (content: unknown, path: string): Part[] => {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  return toArray(content, path).flatMap((value, index) => {
    const where = at(path, index)
    const part = toPart(toObject(value, where), where)
    return part.kind === 'text' && part.text === '' ? [] : [part]
  })
}

type ReadPart = (part: JsonObject, path: string) => Part

export const toNative = (value: JsonObject): Part => ({
  kind: 'native',
  protocol: PROTOCOL,
  value,
})

const toUpload = (id: string): Source => ({ kind: 'upload', id, protocol: PROTOCOL })

const toText: ReadPart = (part, path) => ({
  kind: 'text',
  text: requiredString(part, 'text', path),
})

const toImage: ReadPart = (part, path) => {
  const url = optionalString(part, 'image_url', path)
  const id = optionalString(part, 'file_id', path)
  if (url === undefined && id === undefined) return toNative(part)
  return toOwnKind(
    withoutUndefined<ImagePart>({
      kind: 'image',
      source: url === undefined ? toUpload(id ?? '') : toImageSource(url),
      detail: optionalString(part, 'detail', path),
    } as ImagePart),
  )
}

const toSource = (part: JsonObject, path: string): Source | undefined => {
  const data = optionalString(part, 'file_data', path)
  const url = optionalString(part, 'file_url', path)
  const id = optionalString(part, 'file_id', path)
  if (data !== undefined) return toFileSource(data)
  if (url !== undefined) return { kind: 'url', url }
  return id === undefined ? undefined : toUpload(id)
}

const toFile: ReadPart = (part, path) => {
  const source = toSource(part, path)
  if (!source) return toNative(part)
  return toOwnKind(
    withoutUndefined<FilePart>({
      kind: 'file',
      source,
      name: optionalString(part, 'filename', path),
    } as FilePart),
  )
}

const READERS: Readonly<Record<string, ReadPart>> = {
  input_text: toText,
  output_text: toText,
  text: toText,
  refusal: (part, path) => ({ kind: 'refusal', text: requiredString(part, 'refusal', path) }),
  input_image: toImage,
  input_file: toFile,
  input_audio: toAudio,
}

const toPart: ReadPart = (part, path) =>
  (lookUp(READERS, requiredString(part, 'type', path)) ?? toNative)(part, path)
