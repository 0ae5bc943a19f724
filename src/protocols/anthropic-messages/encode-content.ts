/** Writes the content of a message as blocks. */
import {
  type FilePart,
  invalidRequest,
  isJsonObject,
  type JsonObject,
  type Part,
  type Source,
  type ToolResultPart,
} from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { wrapFreeform } from '../requests/tools/freeform-input.ts'
import { originOf } from '../thoughts/reasoning-origin.ts'
import { parseArguments, redactedBlock, thinkingBlock } from './blocks/blocks.ts'
import { replayCitations } from './citations.ts'
import { PROTOCOL, type RequestBlock } from './wire.ts'
import type { Drop } from '../protocol.ts'

/** What encoding a block needs to know about the request. */
export interface ContentContext {
  readonly drop: Drop
  readonly toName: (name: string) => string
  /** The call's id as written; its result must repeat it. */
  readonly toCallId: (id: string) => string
  readonly toResultId: (id: string) => string
  /** The provider, if it wants its own thoughts back unsigned, and no others. */
  readonly thoughtProvider?: string | undefined
}

export const encodeParts = (parts: readonly Part[], context: ContentContext): RequestBlock[] =>
  parts.flatMap((part) => {
    const block = encodePart(part, context)
    return block ? [withoutUndefined(block)] : []
  })

const encodePart = (part: Part, context: ContentContext): RequestBlock | undefined => {
  switch (part.kind) {
    case 'text':
      return encodeText(part.text, part.cacheControl, replayCitations(part.citations))
    case 'refusal':
      return encodeText(part.text)
    case 'image': {
      dropDetail(part.detail, context)
      const source = encodeSource(part.source, context)
      return source && { type: 'image', source, cache_control: part.cacheControl }
    }
    case 'file': {
      const source = encodeDocumentSource(part, context)
      return (
        source && { type: 'document', source, title: part.name, cache_control: part.cacheControl }
      )
    }
    case 'audio':
      throw invalidRequest('The model that this name leads to does not take audio.', 'messages')
    case 'reasoning':
      return encodeReasoning(part, context)
    case 'tool-call':
      return {
        type: 'tool_use',
        id: context.toCallId(part.id),
        name: context.toName(part.name),
        input: part.freeform ? wrapFreeform(part.arguments) : toInput(part.arguments),
        cache_control: part.cacheControl,
      }
    case 'tool-result':
      return encodeResult(part, context)
    case 'tool-reference':
      return { type: 'tool_reference', tool_name: context.toName(part.name) }
    case 'native':
      if (part.protocol === PROTOCOL && isTyped(part.value)) return part.value
      context.drop(isTyped(part.value) ? part.value.type : 'messages')
      return undefined
  }
}

const dropDetail = (detail: string | undefined, { drop }: ContentContext): void => {
  if (detail !== undefined && detail !== 'auto') drop('detail')
}

const isTyped = (value: unknown): value is RequestBlock =>
  isJsonObject(value) && typeof value.type === 'string'

/** The vendor refuses a text that is only white space. */
const encodeText = (
  text: string,
  cacheControl?: unknown,
  citations: readonly JsonObject[] = [],
): RequestBlock | undefined =>
  text.trim() === ''
    ? undefined
    : {
        type: 'text',
        text,
        citations: citations.length > 0 ? citations : undefined,
        cache_control: cacheControl,
      }

const encodeSource = (source: Source, { drop }: ContentContext): JsonObject | undefined => {
  switch (source.kind) {
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data }
    case 'url':
      return { type: 'url', url: source.url }
    case 'upload':
      if (source.protocol === PROTOCOL) return { type: 'file', file_id: source.id }
      drop('file_id')
      return undefined
  }
}

const encodeDocumentSource = (
  { source }: FilePart,
  context: ContentContext,
): JsonObject | undefined => {
  if (source.kind === 'text') return toPlainText(source.text)
  if (source.kind === 'base64' && source.mediaType.startsWith('text/'))
    return toPlainText(Buffer.from(source.data, 'base64').toString('utf8'))
  return encodeSource(source, context)
}

const toPlainText = (data: string): JsonObject => ({ type: 'text', media_type: 'text/plain', data })

/** Only thoughts that this vendor signed may go back to it; if it signs nothing, only thoughts that it wrote. */
const encodeReasoning = (
  { text, signature, redacted }: Extract<Part, { kind: 'reasoning' }>,
  { drop, thoughtProvider }: ContentContext,
): RequestBlock | undefined => {
  if (redacted && thoughtProvider === undefined) return redactedBlock(redacted)
  const origin = signature && originOf(signature)
  if (signature && origin === undefined) return thinkingBlock(text, signature)
  if (origin && origin === thoughtProvider && text !== '') return thinkingBlock(text, '')
  drop('reasoning_content')
  return undefined
}

/** If the model wrote something other than an object, it is shown to the model in the only form that is allowed. */
const toInput = (json: string): JsonObject => parseArguments(json.trim()) ?? { arguments: json }

const encodeResult = (result: ToolResultPart, context: ContentContext): RequestBlock => {
  const content = encodeParts(result.parts, context)
  return {
    type: 'tool_result',
    tool_use_id: context.toResultId(result.callId),
    content: content.length > 0 ? content : undefined,
    is_error: result.isError,
    cache_control: result.cacheControl,
  }
}
