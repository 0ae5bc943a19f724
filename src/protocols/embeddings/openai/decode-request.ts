/** Reads a request for embeddings. */
import { type EmbeddingInput, type EmbeddingRequest, invalidRequest, type JsonObject } from '#model'
import {
  at,
  optionalCount,
  optionalString,
  requiredString,
  unknownFields,
  withoutUndefined,
} from '../../requests/fields.ts'

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'input',
  'dimensions',
  'encoding_format',
  'user',
])

export const decodeRequest = (body: JsonObject): EmbeddingRequest => {
  const ignoredFields = Object.entries(unknownFields(body, KNOWN_FIELDS)).flatMap(([key, value]) =>
    value === null ? [] : [key],
  )
  return withoutUndefined<EmbeddingRequest>({
    model: requiredString(body, 'model'),
    inputs: toInputs(body.input),
    dimensions: toDimensions(body),
    encoding: toEncoding(body),
    userId: optionalString(body, 'user'),
    ignoredFields: ignoredFields.length > 0 ? ignoredFields : undefined,
  } as EmbeddingRequest)
}

/** A list of numbers is one input, in tokens. */
const toInputs = (input: unknown): readonly EmbeddingInput[] => {
  if (input === undefined || input === null) throw invalidRequest("'input' is required.", 'input')
  if (!Array.isArray(input)) return [toText(input, 'input')]
  if (input.length === 0) throw invalidRequest("'input' must not be empty.", 'input')
  if (typeof input[0] === 'number') return [toTokens(input, 'input')]
  return input.map((entry: unknown, index) =>
    Array.isArray(entry) ? toTokens(entry, at('input', index)) : toText(entry, at('input', index)),
  )
}

const toText = (value: unknown, path: string): string => {
  if (typeof value !== 'string')
    throw invalidRequest(`'${path}' must be a string or a list of tokens.`, path)
  if (value === '') throw invalidRequest(`'${path}' must not be empty.`, path)
  return value
}

const toTokens = (tokens: readonly unknown[], path: string): readonly number[] => {
  if (tokens.length === 0) throw invalidRequest(`'${path}' must not be empty.`, path)
  if (!tokens.every((token) => Number.isInteger(token) && Number(token) >= 0))
    throw invalidRequest(`'${path}' must be a list of tokens, which are whole numbers.`, path)
  return tokens as readonly number[]
}

const toDimensions = (body: JsonObject): number | undefined => {
  const dimensions = optionalCount(body, 'dimensions')
  if (dimensions === 0) throw invalidRequest("'dimensions' must be 1 or more.", 'dimensions')
  return dimensions
}

const toEncoding = (body: JsonObject): EmbeddingRequest['encoding'] => {
  const format = optionalString(body, 'encoding_format')
  if (format === undefined || format === 'float' || format === 'base64') return format
  throw invalidRequest("'encoding_format' must be float or base64.", 'encoding_format')
}
