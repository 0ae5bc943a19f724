/**
 * Removes a union from the top of an object schema: vendors refuse one there, but not further down. All properties are
 * kept; a description states which of them belong together.
 */
import { isJsonObject, type JsonObject } from '#model'

const UNIONS = ['anyOf', 'oneOf', 'allOf'] as const

/** How deep unions and references are followed; no tool's schema comes close. */
const MAX_NESTING = 32

export const hasUnion = (schema: JsonObject): boolean =>
  UNIONS.some((key) => Array.isArray(schema[key]))

interface Findings {
  /** The schemas found for each property. */
  readonly properties: Map<string, unknown[]>
  /** How many objects list properties, and how many of those allow no others. */
  objects: number
  closed: number
  readonly alternatives: string[]
}

/** @param root the schema that references are resolved in; without it, none is followed. */
export const mergeUnions = (schema: JsonObject, root?: JsonObject): JsonObject => {
  if (!hasUnion(schema) && !(root && typeof schema.$ref === 'string')) return schema
  const { anyOf: _, oneOf: _o, allOf: _a, $ref: _r, ...own } = schema
  const found: Findings = { properties: new Map(), objects: 0, closed: 0, alternatives: [] }
  const required = new Set<string>()
  collect(schema, root, found, required)
  const isClosed = found.objects > 0 && found.closed === found.objects
  return {
    ...own,
    ...toDescription(own.description, found.alternatives),
    type: 'object',
    properties: toProperties(found.properties),
    ...(required.size > 0 ? { required: [...required] } : {}),
    ...(own.additionalProperties === undefined && isClosed ? { additionalProperties: false } : {}),
  }
}

/** Follows each reference once, so a schema may contain itself. */
const collect = (
  top: JsonObject,
  root: JsonObject | undefined,
  found: Findings,
  required: Set<string>,
): void => {
  const followed = new Set<string>()

  /** Returns false if the schema has been collected already or cannot be found. */
  const read = (schema: unknown, names: Set<string>, depth: number): boolean => {
    if (!isJsonObject(schema) || depth > MAX_NESTING) return false
    readOwn(schema, names, found)
    for (const part of toParts(schema.allOf)) read(part, names, depth + 1)
    for (const key of ['anyOf', 'oneOf'] as const) readOneOf(toParts(schema[key]), names, depth)
    const { $ref } = schema
    if (typeof $ref !== 'string') return true
    if (!root || followed.has($ref)) return false
    followed.add($ref)
    return read(resolve($ref, root), names, depth + 1)
  }

  /** A property is required if every variant requires it. */
  const readOneOf = (variants: readonly unknown[], names: Set<string>, depth: number): void => {
    const counts = new Map<string, number>()
    const sets: string[] = []
    let count = 0
    for (const variant of variants) {
      const own = new Set<string>()
      if (!read(variant, own, depth + 1)) continue
      count++
      for (const name of own) counts.set(name, (counts.get(name) ?? 0) + 1)
      if (own.size > 0) sets.push(describeSet(own, variant))
    }
    for (const [name, times] of counts) if (times === count) names.add(name)
    if (depth === 0 && new Set(sets).size > 1) found.alternatives.push(...sets)
  }

  read(top, required, 0)
}

const readOwn = (schema: JsonObject, names: Set<string>, found: Findings): void => {
  const { properties, required, additionalProperties } = schema
  for (const name of toParts(required)) if (typeof name === 'string') names.add(name)
  if (!isJsonObject(properties)) return
  found.objects++
  if (additionalProperties === false) found.closed++
  for (const [name, property] of Object.entries(properties)) {
    const known = found.properties.get(name)
    if (known) known.push(property)
    else found.properties.set(name, [property])
  }
}

const toParts = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : [])

/** Resolves `#/$defs/name`, and `#` for the root itself. */
const resolve = (reference: string, root: JsonObject): unknown => {
  const [start, ...steps] = reference.split('/')
  if (start !== '#' || steps.length > MAX_NESTING) return undefined
  let place: unknown = root
  for (const step of steps) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    place = isJsonObject(place) && Object.hasOwn(place, key) ? place[key] : undefined
  }
  return place
}

const describeSet = (names: ReadonlySet<string>, variant: unknown): string => {
  const { title, description = title } = isJsonObject(variant) ? variant : {}
  const set = `[${[...names].join(', ')}]`
  return typeof description === 'string' ? `${set} (${description})` : set
}

const toDescription = (given: unknown, alternatives: readonly string[]): JsonObject => {
  if (alternatives.length === 0) return {}
  const note = `These properties belong together: ${alternatives.join(' or ')}.`
  return { description: typeof given === 'string' && given ? `${given}\n\n${note}` : note }
}

const toProperties = (properties: Findings['properties']): JsonObject =>
  Object.fromEntries([...properties].map(([name, schemas]) => [name, toOne(schemas)]))

const toOne = (schemas: readonly unknown[]): unknown => {
  if (schemas.length === 1) return schemas[0]
  const distinct = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]))
  return distinct.size === 1 ? schemas[0] : { anyOf: [...distinct.values()] }
}
