/** Finds a small value that satisfies a JSON Schema. The same schema always gets the same value. */
import { isJsonObject, type JsonObject } from '#model'
import { samplePattern } from './pattern-sample.ts'

/** Below this depth only required properties are written, so that recursive schemas end. */
const GENEROUS_DEPTH = 6
const MAX_DEPTH = 32
const MAX_VALUES = 10_000
const MAX_TEXT = 100_000
/** The limit on inspected object keys, including those inspected again through a reference. */
const MAX_KEYS = 100_000

/** Undefined if there is no value, or only a large one. */
export const satisfySchema = (schema: unknown): unknown => {
  const search = { root: schema, values: 0, keys: 0 }
  try {
    return valueOf(schema, { search, depth: 0, variant: 0 })
  } catch (thrown) {
    if (thrown instanceof NoValue) return undefined
    throw thrown
  }
}

class NoValue extends Error {
  override readonly name = 'NoValue'
}

interface Search {
  readonly root: unknown
  values: number
  keys: number
}

interface Place {
  readonly search: Search
  readonly depth: number
  /** Numbers the items of an array whose items must differ. */
  readonly variant: number
}

const valueOf = (schema: unknown, place: Place): unknown => {
  if (++place.search.values > MAX_VALUES || place.depth > MAX_DEPTH) throw new NoValue('too large')
  if (schema === false) throw new NoValue('nothing satisfies false')
  if (!isJsonObject(schema)) return 'demo'
  lookAt(schema, place)
  const below = { ...place, depth: place.depth + 1 }

  if (typeof schema.$ref === 'string') {
    const { $ref, ...others } = schema
    return valueOf(merge(resolve($ref, place.search.root), others), below)
  }
  if (Array.isArray(schema.allOf)) {
    const { allOf, ...others } = schema
    const parts = allOf.map((part: unknown) => dereference(part, place.search.root))
    return valueOf(parts.reduce<unknown>(merge, others), below)
  }
  for (const key of ['anyOf', 'oneOf']) {
    const branches = schema[key]
    if (!Array.isArray(branches)) continue
    const { [key]: _, ...others } = schema
    return firstThat(inOrder(branches, place.depth), (branch) =>
      valueOf(merge(dereference(branch, place.search.root), others), below),
    )
  }
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return pick(schema.enum, place.variant)
  return TYPES[typeOf(schema)]?.(schema, place) ?? null
}

const lookAt = (keys: object, { search }: Place): void => {
  search.keys += Object.keys(keys).length
  if (search.keys > MAX_KEYS) throw new NoValue('too many keys')
}

/** At depth, the branches that end the recursion come first. */
const inOrder = (branches: readonly unknown[], depth: number): readonly unknown[] =>
  depth < GENEROUS_DEPTH ? branches : branches.toSorted((one, other) => weight(one) - weight(other))

const weight = (schema: unknown): number => {
  if (!isJsonObject(schema)) return 1
  if (schema.type === 'null') return 0
  return '$ref' in schema || schema.type === 'object' || schema.type === 'array' ? 2 : 1
}

const firstThat = (
  branches: readonly unknown[],
  attempt: (branch: unknown) => unknown,
): unknown => {
  for (const branch of branches) {
    try {
      return attempt(branch)
    } catch (thrown) {
      if (!(thrown instanceof NoValue)) throw thrown
    }
  }
  throw new NoValue('no branch has a value')
}

const dereference = (schema: unknown, root: unknown): unknown => {
  let found = schema
  for (let hops = 0; isJsonObject(found) && typeof found.$ref === 'string'; hops++) {
    if (hops > MAX_DEPTH) throw new NoValue('a reference to itself')
    const { $ref, ...others } = found
    found = merge(resolve($ref, root), others)
  }
  return found
}

const resolve = (reference: string, root: unknown): unknown => {
  if (!reference.startsWith('#')) throw new NoValue('a reference out of the schema')
  let found = root
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = decodeStep(step)
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key))
      throw new NoValue('a reference to nothing')
    found = (found as JsonObject)[key]
  }
  return found
}

const decodeStep = (step: string): string => {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    throw new NoValue('a malformed reference')
  }
}

/** A value of the merged schema satisfies both, for the schemas that people write. */
const merge = (one: unknown, other: unknown): unknown => {
  if (one === false || other === false) return false
  if (!isJsonObject(one)) return other
  if (!isJsonObject(other)) return one
  const merged: JsonObject = { ...one, ...other }
  for (const key of ['properties', '$defs'])
    if (isJsonObject(one[key]) && isJsonObject(other[key])) {
      const [first, second] = [one[key], other[key]]
      const both = Object.keys(second).filter((name) => Object.hasOwn(first, name))
      merged[key] = {
        ...first,
        ...second,
        ...Object.fromEntries(both.map((name) => [name, merge(first[name], second[name])])),
      }
    }
  for (const key of ['required', 'allOf'])
    if (Array.isArray(one[key]) && Array.isArray(other[key]))
      merged[key] = [...(one[key] as unknown[]), ...(other[key] as unknown[])]
  for (const [keys, choose] of BOUNDS)
    for (const key of keys)
      if (typeof one[key] === 'number' && typeof other[key] === 'number')
        merged[key] = choose(one[key], other[key])
  return merged
}

const BOUNDS = [
  [['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'], Math.max],
  [['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'], Math.min],
] as const

/** The type that other keywords imply if none is named. */
const HINTS: readonly (readonly [string, readonly string[]])[] = [
  ['object', ['properties', 'required', 'additionalProperties', 'minProperties']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems']],
  ['string', ['format', 'pattern', 'minLength', 'maxLength']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
]

const typeOf = (schema: JsonObject): string => {
  const { type } = schema
  if (typeof type === 'string') return type
  if (Array.isArray(type)) {
    const [first] = type.filter((name) => name !== 'null') as unknown[]
    return typeof first === 'string' ? first : 'null'
  }
  return HINTS.find(([, keys]) => keys.some((key) => key in schema))?.[0] ?? 'string'
}

const toObject = (schema: JsonObject, place: Place): JsonObject => {
  const properties = isJsonObject(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required)
    ? schema.required.filter((name) => typeof name === 'string')
    : []
  lookAt(properties, place)
  lookAt(required, place)
  const needed = new Set(required)
  const generous = place.depth < GENEROUS_DEPTH
  const names = new Set([...(generous ? Object.keys(properties) : []), ...required])
  const minimum = numberOf(schema.minProperties) ?? 0
  for (let extra = 1; names.size < minimum; extra++) {
    if (extra > MAX_VALUES) throw new NoValue('too many properties')
    names.add(`demo${extra}`)
  }
  const maximum = numberOf(schema.maxProperties) ?? Infinity
  const written = new Map<string, unknown>()
  for (const name of [...needed, ...names]) {
    if (written.has(name)) continue
    if (written.size >= maximum) break
    const known = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties
    const below = { ...place, depth: place.depth + 1 }
    if (needed.has(name) || written.size < minimum) written.set(name, valueOf(known, below))
    else {
      // An optional property without a valid value is left out.
      const value = optional(known, below)
      if (value !== undefined) written.set(name, value)
    }
  }
  const order = [...new Set([...Object.keys(properties), ...names])]
  return Object.fromEntries(
    order.filter((name) => written.has(name)).map((name) => [name, written.get(name)]),
  )
}

const optional = (schema: unknown, place: Place): unknown => {
  try {
    return valueOf(schema, place)
  } catch (thrown) {
    if (thrown instanceof NoValue && place.search.values <= MAX_VALUES) return undefined
    throw thrown
  }
}

const toArray = (schema: JsonObject, place: Place): unknown[] => {
  const leading: readonly unknown[] = Array.isArray(schema.prefixItems)
    ? (schema.prefixItems as unknown[])
    : []
  const minimum = numberOf(schema.minItems) ?? 0
  const wanted = place.depth < GENEROUS_DEPTH ? Math.max(leading.length, 1) : 0
  const length = Math.max(minimum, Math.min(wanted, numberOf(schema.maxItems) ?? Infinity))
  const items: unknown[] = []
  for (let index = 0; index < length; index++) {
    const variant = schema.uniqueItems === true ? index : place.variant
    const below = { ...place, depth: place.depth + 1, variant }
    const item = index < leading.length ? leading[index] : schema.items
    if (index < minimum) items.push(valueOf(item, below))
    else {
      const value = optional(item, below)
      if (value === undefined) break
      items.push(value)
    }
  }
  return items
}

const toNumber = (schema: JsonObject, { variant }: Place, isInteger: boolean): number => {
  const multiple = Math.abs(numberOf(schema.multipleOf) ?? (isInteger ? 1 : 0))
  const step = isInteger && !Number.isInteger(multiple) ? 1 : multiple
  // In draft 4, an exclusive bound is a boolean beside the bound.
  const above = bound(schema.minimum, schema.exclusiveMinimum, step || 1e-3, Math.max, -Infinity)
  const below = bound(schema.maximum, schema.exclusiveMaximum, -(step || 1e-3), Math.min, Infinity)
  const start = Math.min(Math.max(1, above), below)
  const rounded = step > 0 ? Math.ceil(start / step) * step : start
  const within = rounded > below && step > 0 ? Math.floor(below / step) * step : rounded
  const value = within + variant * (step || 1)
  const result = Number(value.toPrecision(12))
  if (result < above || result > below) {
    // Two close bounds without a step.
    const middle = (above + below) / 2
    if (step === 0 && variant === 0 && middle >= above && middle <= below) return middle
    throw new NoValue('no number between the bounds')
  }
  return result
}

const bound = (
  inclusive: unknown,
  exclusive: unknown,
  inwards: number,
  choose: (...values: number[]) => number,
  open: number,
): number => {
  const edge = numberOf(inclusive) ?? open
  if (exclusive === true) return edge + inwards
  const strict = numberOf(exclusive)
  return strict === undefined ? edge : choose(edge, strict + inwards)
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'P1D',
  email: 'demo@example.com',
  'idn-email': 'demo@example.com',
  hostname: 'example.com',
  'idn-hostname': 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  iri: 'https://example.com/',
  'uri-reference': '/demo',
  'uri-template': '/demo/{id}',
  'json-pointer': '/demo',
  'relative-json-pointer': '0',
  regex: '^demo$',
  uuid: '00000000-0000-4000-8000-000000000000',
  byte: 'ZGVtbw==',
}

const toString = (schema: JsonObject, { variant }: Place): string => {
  const { format, pattern } = schema
  const fixed =
    (typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined) ??
    (typeof pattern === 'string' ? samplePattern(pattern) : undefined)
  if (fixed !== undefined) return fixed
  const minimum = numberOf(schema.minLength) ?? 0
  const maximum = numberOf(schema.maxLength) ?? Infinity
  if (minimum > MAX_TEXT || minimum > maximum) throw new NoValue('too long')
  const text = variant === 0 ? 'demo' : `${variant}demo`
  return text.padEnd(minimum, '.').slice(0, Math.max(0, maximum))
}

const TYPES: Readonly<Record<string, (schema: JsonObject, place: Place) => unknown>> = {
  object: toObject,
  array: toArray,
  string: toString,
  number: (schema, place) => toNumber(schema, place, false),
  integer: (schema, place) => toNumber(schema, place, true),
  boolean: (_, { variant }) => variant % 2 === 0,
  null: () => null,
}

const pick = (values: readonly unknown[], index: number): unknown => {
  if (values.length === 0) throw new NoValue('an empty enum')
  return values[index % values.length]
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined
