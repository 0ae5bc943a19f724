/**
 * The schema of a structured answer, or of a strict tool, as the vendor takes it. What it cannot hold the model to
 * goes into descriptions, as in the vendor's own SDK (`lib/transform-json-schema` of `@anthropic-ai/sdk`).
 */
import { isJsonObject, type JsonObject } from '#model'
import { hasUnion, mergeUnions } from '../requests/tools/merged-unions.ts'

const FORMATS: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])

const MAPS = ['$defs', 'definitions'] as const

export const toAnswerSchema = (given: unknown): unknown => {
  if (!isJsonObject(given)) return given
  const schema = withoutMixedUnion(given)
  const { $ref } = schema
  // Definitions first: a reference may have them beside it.
  const defined = Object.fromEntries(
    MAPS.flatMap((key) => (isJsonObject(schema[key]) ? [[key, mapValues(schema[key])]] : [])),
  )
  if (typeof $ref === 'string') return { ...defined, $ref }
  const kept = { ...toKind(schema), ...toContents(schema) }
  const words = toWords(schema, kept)
  return { ...defined, ...kept, ...(words === '' ? {} : { description: words }) }
}

const typesOf = ({ type }: JsonObject): readonly unknown[] =>
  Array.isArray(type) ? type : type === undefined ? [] : [type]

const isObjectSchema = (schema: JsonObject): boolean =>
  typesOf(schema).includes('object') || isJsonObject(schema.properties)

/** An object that is closed could not have the properties of a union beside its own. */
const withoutMixedUnion = (schema: JsonObject): JsonObject => {
  const mixed = hasUnion(schema) && isObjectSchema(schema)
  return mixed && !mentionsReference(schema) ? mergeUnions(schema) : schema
}

const mentionsReference = ({ anyOf, oneOf, allOf }: JsonObject): boolean =>
  [anyOf, oneOf, allOf].flat().some((part) => isJsonObject(part) && part.$ref !== undefined)

const mapValues = (map: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, toAnswerSchema(schema)]))

const isLiteral = (value: unknown): boolean => value === null || typeof value !== 'object'

/** What the value is: one of some, of one of some schemas, or of a type. */
const toKind = (schema: JsonObject): JsonObject => {
  const { enum: values, const: value, anyOf, oneOf, allOf } = schema
  const union = [anyOf, oneOf].find(Array.isArray)
  const literals: JsonObject = {}
  if (Array.isArray(values) && values.length > 0 && values.every(isLiteral)) literals.enum = values
  if (value !== undefined && isLiteral(value)) literals.const = value
  const isAnyLiteral = Object.keys(literals).length > 0
  if (union) return { ...literals, anyOf: union.map(toAnswerSchema) }
  if (Array.isArray(allOf)) return { ...literals, allOf: allOf.map(toAnswerSchema) }
  return isAnyLiteral ? literals : toType(schema)
}

const toType = (schema: JsonObject): JsonObject => {
  if (schema.type !== undefined) return { type: schema.type }
  if (isJsonObject(schema.properties)) return { type: 'object' }
  return isJsonObject(schema.items) ? { type: 'array' } : {}
}

const toContents = (schema: JsonObject): JsonObject => {
  const types = typesOf(schema)
  const { title, format, items, minItems, properties, required } = schema
  const contents: JsonObject = typeof title === 'string' ? { title } : {}
  if (isObjectSchema(schema)) {
    if (isJsonObject(properties)) contents.properties = mapValues(properties)
    contents.additionalProperties = false
    if (required !== undefined) contents.required = required
  }
  if (types.includes('string') && FORMATS.has(format)) contents.format = format
  if (items !== undefined && (types.includes('array') || types.length === 0))
    contents.items = toAnswerSchema(items)
  if (types.includes('array') && (minItems === 0 || minItems === 1)) contents.minItems = minItems
  return contents
}

/** Of keywords that are not kept, those that need no words. */
const UNSPOKEN: ReadonlySet<string> = new Set([
  ...MAPS,
  '$schema',
  'description',
  'type',
  'title',
  'properties',
  'required',
])

const toWords = (schema: JsonObject, kept: JsonObject): string => {
  const { description } = schema
  const left = Object.entries(schema).filter(([key, value]) => isLeft(key, value, schema, kept))
  const told = left.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')
  return [description, told && `{${told}}`]
    .filter((text) => typeof text === 'string' && text)
    .join('\n\n')
}

const isLeft = (key: string, value: unknown, schema: JsonObject, kept: JsonObject): boolean => {
  if (value === undefined || UNSPOKEN.has(key)) return false
  // Whether there may be others is no longer a question; what they would be is worth a word.
  if (key === 'additionalProperties') return isJsonObject(value)
  if (key === 'oneOf') return kept.anyOf === undefined || Array.isArray(schema.anyOf)
  return kept[key] === undefined
}
