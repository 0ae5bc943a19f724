/** Writes the wish for a structured answer. */
import { type AnswerFormat, isJsonObject, type JsonObject } from '#model'

const DEFAULT_TOOL = 'answer'

/** The vendor has no way to ask for JSON of any shape but words. */
export const JSON_ONLY = {
  type: 'text',
  text: 'Give your answer as one JSON object and nothing else: no words before or after it, no code fence.',
} as const

/** Keys that hold a schema, a list of them, or a map to them. */
const SCHEMAS: ReadonlySet<string> = new Set([
  'items',
  'not',
  'anyOf',
  'oneOf',
  'allOf',
  'prefixItems',
])
const MAPS: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])

const mapValues = (object: JsonObject, map: (value: unknown, key: string) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]))

/** The vendor answers in a schema only where every object in it is closed. */
const closeObjects = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closeObjects)
  if (!isJsonObject(schema)) return schema
  const closed = mapValues(schema, (value, key) => {
    if (SCHEMAS.has(key)) return closeObjects(value)
    return MAPS.has(key) && isJsonObject(value) ? mapValues(value, closeObjects) : value
  })
  const open = schema.additionalProperties === undefined || schema.additionalProperties === true
  return schema.type === 'object' && open ? { ...closed, additionalProperties: false } : closed
}

export const encodeFormat = ({ schema }: Extract<AnswerFormat, { kind: 'json-schema' }>) => ({
  type: 'json_schema',
  schema: closeObjects(schema) ?? { type: 'object', additionalProperties: false },
})

/** A tool to be called with the answer, for models that know no other way. Its name is not one of the client's. */
export const toAnswerToolName = (
  format: Extract<AnswerFormat, { kind: 'json-schema' }>,
  taken: ReadonlySet<string>,
): string => {
  const wanted = (format.name ?? DEFAULT_TOOL).replaceAll(/[^\w-]/g, '_').slice(0, 60)
  let name = wanted
  for (let nth = 2; taken.has(name); nth++) name = `${wanted}_${nth}`
  return name
}
