/** Freeform tools in protocols that have only functions: the text is the one field of a JSON object. */
import { type FreeformTool, isJsonObject, type JsonObject, parseObject } from '#model'

export const FREEFORM_SCHEMA: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
}

/** A function cannot enforce the grammar, but the model can read it. */
export const describeFreeform = ({ description, format }: FreeformTool): string | undefined =>
  [description, toGrammar(format)].filter(Boolean).join('\n\n') || undefined

const toGrammar = (format: unknown): string | undefined => {
  if (!isJsonObject(format)) return undefined
  const grammar = isJsonObject(format.grammar) ? format.grammar : format
  if (typeof grammar.definition !== 'string') return undefined
  const syntax = typeof grammar.syntax === 'string' ? `${grammar.syntax} ` : ''
  return `The input follows this ${syntax}grammar:\n${grammar.definition}`
}

export const wrapFreeform = (input: string): JsonObject => ({ input })

/** Returns the text. Arguments of another shape are passed on unchanged; the tool's owner reports what is wrong. */
export const unwrapFreeform = (json: string): string => {
  const input = parseObject(json)?.input
  return typeof input === 'string' ? input : json
}
