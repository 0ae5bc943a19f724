/** Judges the JSON schemas of tools and formats as the vendors do, and makes values that satisfy them. */
import { isObject } from './shape.ts'
import type { Body } from './shape.ts'

const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'])
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const MAPS = ['properties', '$defs', 'definitions', 'patternProperties']
const SINGLES = ['items', 'additionalProperties', 'not', 'contains', 'propertyNames']

export interface SchemaFault {
  /** The keys that lead to the faulty place. */
  context: string[]
  text: string
}

const typesOf = (schema: Body): unknown[] =>
  Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type]

const children = (schema: Body): [string[], unknown][] => [
  ...MAPS.flatMap((key) =>
    isObject(schema[key])
      ? Object.entries(schema[key]).map(([name, child]): [string[], unknown] => [
          [key, name],
          child,
        ])
      : [],
  ),
  ...LISTS.flatMap((key) =>
    Array.isArray(schema[key])
      ? schema[key].map((child: unknown, index): [string[], unknown] => [
          [key, String(index)],
          child,
        ])
      : [],
  ),
  ...SINGLES.flatMap((key): [string[], unknown][] =>
    schema[key] === undefined ? [] : [[[key], schema[key]]],
  ),
]

const faultOf = (schema: Body): string | undefined => {
  const types = typesOf(schema)
  for (const type of types)
    if (typeof type !== 'string' || !TYPES.has(type))
      return `${JSON.stringify(type)} is not valid under any of the given schemas`
  for (const key of MAPS)
    if (schema[key] !== undefined && !isObject(schema[key]))
      return `${JSON.stringify(schema[key])} is not of type 'object'`
  for (const key of [...LISTS, 'required', 'enum'])
    if (schema[key] !== undefined && !Array.isArray(schema[key]))
      return `${JSON.stringify(schema[key])} is not of type 'array'`
  if (Array.isArray(schema.required) && schema.required.some((name) => typeof name !== 'string'))
    return `${JSON.stringify(schema.required)} is not a list of names`
  return undefined
}

/** The first place where this is not a JSON schema at all. */
export const findSchemaFault = (
  schema: unknown,
  extra: (schema: Body) => string | undefined = () => undefined,
  context: string[] = [],
): SchemaFault | undefined => {
  if (typeof schema === 'boolean') return undefined
  if (!isObject(schema))
    return { context, text: `${JSON.stringify(schema)} is not of type 'object', 'boolean'` }
  const text = faultOf(schema) ?? extra(schema)
  if (text) return { context, text }
  for (const [keys, child] of children(schema)) {
    const fault = findSchemaFault(child, extra, [...context, ...keys])
    if (fault) return fault
  }
  return undefined
}

export const missesItems = (schema: Body) =>
  typesOf(schema).includes('array') && schema.items === undefined && !schema.prefixItems
    ? 'array schema missing items.'
    : undefined

/** What a vendor asks of a schema that it promises to hold to. */
export const isNotStrict = (schema: Body) => {
  if (!typesOf(schema).includes('object')) return undefined
  if (schema.additionalProperties !== false)
    return "'additionalProperties' is required to be supplied and to be false."
  const required = Array.isArray(schema.required) ? schema.required : []
  const missing = Object.keys(isObject(schema.properties) ? schema.properties : {}).find(
    (name) => !required.includes(name),
  )
  return missing === undefined
    ? undefined
    : `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`
}

const resolve = (schema: Body, root: Body): Body => {
  if (typeof schema.$ref !== 'string') return schema
  let target: unknown = root
  for (const key of schema.$ref.split('/').slice(1)) target = isObject(target) ? target[key] : {}
  return isObject(target) ? target : {}
}

const TEXTS: Record<string, string> = {
  date: '2026-01-02',
  'date-time': '2026-01-02T03:04:05Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

/** Beyond these a schema is no longer satisfied: none may take all the memory that there is. */
const LONGEST = 100_000
const MOST_ITEMS = 1_000
const DEEPEST = 64

const someText = ({ format, minLength }: Body) => {
  const text = (typeof format === 'string' && TEXTS[format]) || 'text'
  return text.padEnd(typeof minLength === 'number' ? Math.min(minLength, LONGEST) : 0, 'x')
}

const someNumber = ({ minimum, exclusiveMinimum, maximum }: Body) => {
  const low = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : minimum
  if (typeof low === 'number') return low
  return typeof maximum === 'number' ? Math.min(1, maximum) : 1
}

/** A value that satisfies the schema; optional fields are filled in too, to a depth. */
export const satisfy = (schema: unknown, root: unknown = schema, depth = 0): unknown => {
  if (!isObject(schema) || depth > DEEPEST) return 'text'
  const node = resolve(schema, isObject(root) ? root : {})
  if ('const' in node) return node.const
  if (Array.isArray(node.enum)) return node.enum[0]
  if ('default' in node) return node.default
  for (const key of ['anyOf', 'oneOf'])
    if (Array.isArray(node[key])) return satisfy(node[key][0], root, depth + 1)
  if (Array.isArray(node.allOf)) {
    const all = node.allOf.map((part) => satisfy(part, root, depth + 1))
    return all.every(isObject) ? Object.assign({}, ...all) : all[0]
  }
  switch (typesOf(node)[0] ?? (node.properties ? 'object' : 'string')) {
    case 'object': {
      const required = Array.isArray(node.required) ? node.required : []
      const properties = Object.entries(isObject(node.properties) ? node.properties : {})
      return Object.fromEntries(
        properties
          .filter(([name]) => depth < 4 || required.includes(name))
          .map(([name, child]) => [name, satisfy(child, root, depth + 1)]),
      )
    }
    case 'array': {
      const least = typeof node.minItems === 'number' ? node.minItems : depth < 4 ? 1 : 0
      return Array.from({ length: Math.min(least, MOST_ITEMS) }, () =>
        satisfy(node.items ?? {}, root, depth + 1),
      )
    }
    case 'integer':
    case 'number':
      return someNumber(node)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return someText(node)
  }
}
