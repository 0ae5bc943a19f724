/**
 * Converts the schema of a structured answer or of a strict tool to what the vendor accepts. Constraints that the
 * vendor cannot enforce go into descriptions, as in the vendor's own SDK (`lib/transform-json-schema` of
 * `@anthropic-ai/sdk`).
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
  // Definitions are kept even beside a reference.
  const defined = Object.fromEntries(
    MAPS.flatMap((key) => (isJsonObject(schema[key]) ? [[key, mapValues(schema[key])]] : [])),
  )
  if (typeof $ref === 'string') return { ...defined, $ref }
  const kept = { ...toKind(schema), ...toContents(schema) }
  const described = toDescription(schema, kept)
  return { ...defined, ...kept, ...(described === '' ? {} : { description: described }) }
}

const typesOf = ({ type }: JsonObject): readonly unknown[] =>
  Array.isArray(type) ? type : type === undefined ? [] : [type]

const isObjectSchema = (schema: JsonObject): boolean =>
  typesOf(schema).includes('object') || isJsonObject(schema.properties)

/** A closed object would reject the properties of a union beside its own. */
const withoutMixedUnion = (schema: JsonObject): JsonObject => {
  const mixed = hasUnion(schema) && isObjectSchema(schema)
  return mixed && !mentionsReference(schema) ? mergeUnions(schema) : schema
}

const mentionsReference = ({ anyOf, oneOf, allOf }: JsonObject): boolean =>
  [anyOf, oneOf, allOf].flat().some((part) => isJsonObject(part) && part.$ref !== undefined)

const mapValues = (map: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, toAnswerSchema(schema)]))

const isLiteral = (value: unknown): boolean => value === null || typeof value !== 'object'

/** The kind of value: an enum or a constant, a union of schemas, or a type. */
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

/** Keywords that are handled elsewhere or need no mention in the description. */
const UNMENTIONED: ReadonlySet<string> = new Set([
  ...MAPS,
  '$schema',
  'description',
  'type',
  'title',
  'properties',
  'required',
])

const toDescription = (schema: JsonObject, kept: JsonObject): string => {
  const { description } = schema
  const remaining = Object.entries(schema).filter(([key, value]) =>
    isRemaining(key, value, schema, kept),
  )
  const constraints = remaining.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')
  return [description, constraints && `{${constraints}}`]
    .filter((text) => typeof text === 'string' && text)
    .join('\n\n')
}

const isRemaining = (
  key: string,
  value: unknown,
  schema: JsonObject,
  kept: JsonObject,
): boolean => {
  if (value === undefined || UNMENTIONED.has(key)) return false
  // The object is closed, so a boolean says nothing any more; a schema is still worth describing.
  if (key === 'additionalProperties') return isJsonObject(value)
  if (key === 'oneOf') return kept.anyOf === undefined || Array.isArray(schema.anyOf)
  return kept[key] === undefined
}
