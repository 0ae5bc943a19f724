/** JSON schemas in the form that this vendor accepts. */
import { isJsonObject, type JsonObject } from '#model'
import { mergeUnions } from '../requests/tools/merged-unions.ts'

const MAPS_OF_SCHEMAS = ['properties', '$defs', 'definitions', 'patternProperties'] as const
const SCHEMAS = ['items', 'additionalProperties', 'not'] as const
const LISTS_OF_SCHEMAS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const

/** A tool's schema must be an object schema that lists its properties, even if empty, without a union at the top. */
export const toParameters = (schema: unknown): JsonObject => {
  const given = isJsonObject(schema) ? withItems(mergeUnions(schema, schema)) : {}
  const properties = isJsonObject(given.properties) ? given.properties : {}
  return { ...given, type: 'object', properties }
}

/** The vendor refuses an array without `items`; other vendors read that as an array of anything. */
const withItems = (schema: JsonObject): JsonObject => {
  const copy = mapSubschemas(schema, repair)
  if (isList(schema) && schema.items === undefined) copy.items = {}
  return copy
}

const repair = (schema: unknown): unknown => (isJsonObject(schema) ? withItems(schema) : schema)

/** Returns a copy with every direct subschema changed. */
export const mapSubschemas = (
  schema: JsonObject,
  change: (subschema: unknown) => unknown,
): JsonObject => {
  const copy: JsonObject = { ...schema }
  for (const key of MAPS_OF_SCHEMAS)
    if (isJsonObject(schema[key]))
      copy[key] = Object.fromEntries(
        Object.entries(schema[key]).map(([name, value]) => [name, change(value)]),
      )
  for (const key of SCHEMAS) if (isJsonObject(schema[key])) copy[key] = change(schema[key])
  for (const key of LISTS_OF_SCHEMAS)
    if (Array.isArray(schema[key])) copy[key] = schema[key].map(change)
  return copy
}

const isList = ({ type }: JsonObject): boolean =>
  type === 'array' || (Array.isArray(type) && type.includes('array'))

/** Reports whether the vendor would accept it as strict: every object closed, every property required. */
export const isStrict = (schema: unknown): boolean => {
  if (!isJsonObject(schema)) return true
  const { properties, required } = schema
  if (schema.type === 'object' || properties !== undefined) {
    const names = isJsonObject(properties) ? Object.keys(properties) : []
    const isClosed = schema.additionalProperties === false
    const needed = new Set<unknown>(Array.isArray(required) ? required : [])
    if (!isClosed || !names.every((name) => needed.has(name))) return false
  }
  return childrenOf(schema).every(isStrict)
}

const childrenOf = (schema: JsonObject): unknown[] => [
  ...MAPS_OF_SCHEMAS.flatMap((key) => {
    const map = schema[key]
    return isJsonObject(map) ? Object.values(map) : []
  }),
  ...SCHEMAS.map((key) => schema[key]),
  ...LISTS_OF_SCHEMAS.flatMap((key) => {
    const list = schema[key]
    return Array.isArray(list) ? list : []
  }),
]
