/** Reads the parts of a message. */
import {
  invalidRequest,
  isJsonObject,
  type JsonObject,
  type Part,
  type ReasoningPart,
  type Source,
  type ToolResultPart,
} from '#model'
import {
  at,
  optionalObject,
  optionalString,
  requiredString,
  toObject,
  withoutUndefined,
} from '../requests/fields.ts'
import { toBase64Source, toOwnKind } from '../requests/content/media-types.ts'
import type { CallNames } from './call-names.ts'
import { openThoughts } from './thoughts/client-thoughts.ts'
import { DEFAULT_PROVIDER, type SignedPlace, toSignature } from './thoughts/thought-signatures.ts'
import { toList, withCamelKeys } from './wire.ts'

const PROTOCOL = 'gemini'

export const decodeParts = (value: unknown, path: string, calls: CallNames): Part[] => {
  const parts: Part[] = []
  for (const [index, entry] of toList(value, path).entries()) {
    const where = at(path, index)
    const wire = withCamelKeys(toObject(entry, where))
    const part = toPart(wire, where, calls)
    const signed = optionalString(wire, 'thoughtSignature', where) ?? ''
    const thoughts = openThoughts(signed)
    if (thoughts) {
      // The signature holds the thoughts completely; what the client shows of them is a duplicate.
      dropDuplicates(parts)
      parts.push(...thoughts)
      if (part && part.kind !== 'reasoning') parts.push(part)
    } else if (part?.kind === 'reasoning')
      parts.push(signed === '' ? part : sign(part, 'thought', signed))
    else {
      if (signed !== '') parts.push(sign({ kind: 'reasoning', text: '' }, placeOf(part), signed))
      if (part) parts.push(part)
    }
  }
  return parts
}

const sign = (part: ReasoningPart, place: SignedPlace, signed: string): ReasoningPart => ({
  ...part,
  signature: toSignature(DEFAULT_PROVIDER, place, signed),
})

const placeOf = (part: Part | undefined): SignedPlace => {
  if (part?.kind === 'tool-call') return 'call'
  return part ? 'text' : 'empty-text'
}

const dropDuplicates = (parts: Part[]): void => {
  for (let last = parts.at(-1); isShown(last); last = parts.at(-1)) parts.pop()
}

const isShown = (part: Part | undefined): boolean =>
  part?.kind === 'reasoning' && part.signature === undefined && part.redacted === undefined

const PAYLOADS = ['text', 'functionCall', 'functionResponse', 'inlineData', 'fileData'] as const

/** The vendor accepts only one, too. */
const refuseTwoPayloads = (wire: JsonObject, path: string): void => {
  const held = PAYLOADS.filter((key) => wire[key] !== undefined && wire[key] !== null)
  if (held.length > 1) throw invalidRequest(`'${path}' must hold one of ${held.join(', ')}.`, path)
}

/** Empty texts carry nothing, and some vendors refuse them. */
const toPart = (wire: JsonObject, path: string, calls: CallNames): Part | undefined => {
  refuseTwoPayloads(wire, path)
  const text = optionalString(wire, 'text', path)
  if (text !== undefined) {
    if (text === '') return undefined
    return { kind: wire.thought === true ? 'reasoning' : 'text', text }
  }
  const call = optionalObject(wire, 'functionCall', path)
  if (call) return toCall(call, at(path, 'functionCall'), calls)
  const response = optionalObject(wire, 'functionResponse', path)
  if (response) return toResult(response, at(path, 'functionResponse'), calls)
  const media = toMedia(wire, path)
  if (media) return media
  const hasContent = Object.keys(wire).some(
    (key) => key !== 'thoughtSignature' && key !== 'thought',
  )
  return hasContent ? { kind: 'native', protocol: PROTOCOL, value: wire } : undefined
}

const toCall = (call: JsonObject, path: string, calls: CallNames): Part => {
  const name = requiredString(call, 'name', path)
  const args = optionalObject(call, 'args', path) ?? {}
  const id = calls.call(optionalString(call, 'id', path) ?? '', name)
  return { kind: 'tool-call', id, name, arguments: JSON.stringify(args) }
}

/** `output` and `error` have a meaning; any other object is the output itself. */
const toResult = (response: JsonObject, path: string, calls: CallNames): ToolResultPart => {
  const name = optionalString(response, 'name', path) ?? ''
  const callId = calls.answer(optionalString(response, 'id', path) ?? '', name)
  const given = optionalObject(response, 'response', path) ?? {}
  const isError = given.error !== undefined && given.output === undefined
  const keys = Object.keys(given)
  const only = keys.length === 1 ? (given.output ?? given.error ?? given.result) : undefined
  const text =
    keys.length === 0 ? '' : typeof only === 'string' ? only : JSON.stringify(only ?? given)
  const media = Array.isArray(response.parts)
    ? response.parts.flatMap((value: unknown, index): Part[] => {
        const where = at(at(path, 'parts'), index)
        const found = toMedia(withCamelKeys(toObject(value, where)), where)
        return found ? [found] : []
      })
    : []
  return withoutUndefined({
    kind: 'tool-result',
    callId,
    parts: [...(text === '' ? [] : [{ kind: 'text', text } as const]), ...media],
    isError: isError || undefined,
  } as ToolResultPart)
}

const toMedia = (wire: JsonObject, path: string): Part | undefined => {
  const inline = optionalObject(wire, 'inlineData', path)
  if (inline) return toInline(withCamelKeys(inline), at(path, 'inlineData'))
  const file = optionalObject(wire, 'fileData', path)
  return file && toFile(withCamelKeys(file), at(path, 'fileData'))
}

const toInline = (inline: JsonObject, path: string): Part => {
  const mediaType = requiredString(inline, 'mimeType', path).toLowerCase()
  const data = requiredString(inline, 'data', path)
  if (!mediaType.includes('/'))
    throw invalidRequest(`'${at(path, 'mimeType')}' must be a media type.`, at(path, 'mimeType'))
  if (mediaType.startsWith('audio/'))
    return { kind: 'audio', data, format: mediaType.slice('audio/'.length).split(';')[0] ?? '' }
  return withName(mediaType, toBase64Source(mediaType, data), inline)
}

/** Uploads to the Files API exist at Google only. */
const UPLOADED = /^https:\/\/generativelanguage\.googleapis\.com\/.*files\/|^gs:|^files\//

const toFile = (file: JsonObject, path: string): Part => {
  const uri = requiredString(file, 'fileUri', path)
  const mediaType = optionalString(file, 'mimeType', path) ?? ''
  const source: Source = UPLOADED.test(uri)
    ? { kind: 'upload', id: uri, protocol: PROTOCOL }
    : { kind: 'url', url: uri }
  return withName(mediaType, source, file)
}

const withName = (mediaType: string, source: Source, wire: JsonObject): Part => {
  if (mediaType.startsWith('image/')) return toOwnKind({ kind: 'image', source })
  const { displayName: name } = wire
  return toOwnKind(
    typeof name === 'string' && name !== ''
      ? { kind: 'file', source, name }
      : { kind: 'file', source },
  )
}

export const isResult = (part: Part): part is ToolResultPart => part.kind === 'tool-result'

/** The system instruction is a content, a part or, from some clients, a string. */
export const decodeSystem = (value: unknown, path: string, calls: CallNames): Part[] => {
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return value === '' ? [] : [{ kind: 'text', text: value }]
  const content = toObject(value, path)
  if (!isJsonObject(content) || content.parts === undefined)
    return decodeParts([content], path, calls)
  return decodeParts(content.parts, at(path, 'parts'), calls)
}
