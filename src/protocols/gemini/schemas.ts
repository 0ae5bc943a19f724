/** Converts schemas. Clients write OpenAPI's form or JSON Schema; the vocabulary has JSON Schema only. */
import { isJsonObject, type JsonObject } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import { mergeUnions } from '../requests/tools/merged-unions.ts'
import { withCamelKeys } from './wire.ts'

/** Numbers that are strings in OpenAPI's form, because they are 64 bits wide. */
const COUNTS = [
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
] as const

const toType = (type: unknown, nullable: unknown): unknown => {
  const own = typeof type === 'string' ? type.toLowerCase() : type
  if (own === 'type_unspecified') return undefined
  return nullable === true && typeof own === 'string' ? [own, 'null'] : own
}

/** Converts `{type: 'OBJECT', nullable: true}` to `{type: ['object', 'null']}`. */
export const toJsonSchema = (schema: unknown): unknown => {
  if (!isJsonObject(schema)) return schema
  const { type, nullable, properties, items, anyOf, example, propertyOrdering, ...rest } =
    withCamelKeys(schema)
  return withoutUndefined<JsonObject>({
    ...rest,
    ...Object.fromEntries(
      COUNTS.flatMap((key) => (typeof rest[key] === 'string' ? [[key, Number(rest[key])]] : [])),
    ),
    type: toType(type, nullable),
    properties: isJsonObject(properties)
      ? Object.fromEntries(
          Object.entries(properties).map(([name, value]) => [name, toJsonSchema(value)]),
        )
      : properties,
    items: toJsonSchema(items),
    anyOf: Array.isArray(anyOf) ? anyOf.map(toJsonSchema) : anyOf,
    examples: example === undefined ? undefined : [example],
    propertyOrdering,
  })
}

/**
 * A function's schema must be an object schema that lists its properties, even if empty, without a union at the top.
 */
export const toParameters = (schema: unknown): JsonObject => {
  const { $schema: _, ...given } = isJsonObject(schema) ? mergeUnions(schema, schema) : {}
  return {
    ...given,
    type: 'object',
    properties: isJsonObject(given.properties) ? given.properties : {},
  }
}

export const toAnswerSchema = (schema: unknown): unknown => {
  if (!isJsonObject(schema)) return schema
  const { $schema: _, ...rest } = schema
  return rest
}
