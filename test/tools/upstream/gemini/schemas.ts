/** Google's rules for the classic schemas of tools and formats, and the same schemas as JSON Schema. */
import { geminiRefusal } from './errors.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

const typeOf = ({ type }: Body) => (typeof type === 'string' ? type.toUpperCase() : undefined)

const FORMATS = new Set(['enum', 'date-time'])

const faultsOf = (schema: Body): [field: string, text: string] | undefined => {
  const type = typeOf(schema)
  const names = isObject(schema.properties) ? Object.keys(schema.properties) : []
  const values = Array.isArray(schema.enum) ? schema.enum : undefined
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : []
  if (type === 'ARRAY' && schema.items === undefined) return ['.items', 'missing field.']
  if (type === 'OBJECT' && schema.properties !== undefined && names.length === 0)
    return ['.properties', 'should be non-empty for OBJECT type']
  if (values && type !== 'STRING') return ['.enum', 'only allowed for STRING type']
  if (values?.includes('')) return [`.enum[${values.indexOf('')}]`, 'cannot be empty']
  if (type === 'STRING' && typeof schema.format === 'string' && !FORMATS.has(schema.format))
    return ['.format', "only 'enum' and 'date-time' are supported for STRING type"]
  const unknown = required.findIndex((name) => !names.includes(String(name)))
  return unknown < 0 ? undefined : [`.required[${unknown}]`, 'property is not defined']
}

export const checkClassicSchema = (schema: unknown, at: string) => {
  if (!isObject(schema)) return
  const fault = faultsOf(schema)
  if (fault) throw geminiRefusal(`* GenerateContentRequest.${at}${fault[0]}: ${fault[1]}`)
  if (isObject(schema.properties))
    for (const [name, child] of Object.entries(schema.properties))
      checkClassicSchema(child, `${at}.properties[${name}]`)
  checkClassicSchema(schema.items, `${at}.items`)
  for (const [index, child] of (Array.isArray(schema.anyOf) ? schema.anyOf : []).entries())
    checkClassicSchema(child, `${at}.any_of[${index}]`)
}

const COUNTS = ['minItems', 'maxItems', 'minLength', 'maxLength']

export const toJsonSchema = (schema: unknown): unknown => {
  if (!isObject(schema)) return schema
  const { type, properties, items, anyOf } = schema
  const counts = COUNTS.filter((key) => schema[key] !== undefined)
  return {
    ...schema,
    ...(typeof type === 'string' && { type: type.toLowerCase() }),
    ...(items !== undefined && { items: toJsonSchema(items) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(toJsonSchema) }),
    ...Object.fromEntries(counts.map((key) => [key, Number(schema[key])])),
    ...(isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [name, toJsonSchema(child)]),
      ),
    }),
  }
}
