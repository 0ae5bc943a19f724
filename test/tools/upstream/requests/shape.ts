/** Describes the shape of a body as data and finds the first place where a value departs from it. */

/** A tag names the chosen variant of a union: some vendors name it in their paths. */
type Segment = string | number | { tag: string }
export type Path = readonly Segment[]

export type Kind = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object' | 'null'

export type Problem =
  | { kind: 'unknown' }
  | { kind: 'missing' }
  | { kind: 'empty' }
  | { kind: 'type'; expected: readonly Kind[]; got: unknown }
  | { kind: 'value'; supported: readonly string[]; got: unknown }
  | { kind: 'tag'; key: string; supported: readonly string[]; got: unknown }
  | { kind: 'long'; limit: number; length: number }
  | { kind: 'short'; limit: number; length: number }
  | { kind: 'pattern'; pattern: RegExp }
  | { kind: 'above' | 'below'; limit: number; got: number; whole: boolean }

export class ShapeProblem extends Error {
  readonly path: Path
  readonly problem: Problem

  constructor(path: Path, problem: Problem) {
    super(`${problem.kind} at ${JSON.stringify(path)}`)
    this.path = path
    this.problem = problem
  }
}

export type Shape = (value: unknown, path: Path) => void
export type Fields = Record<string, Shape>
export type Body = Record<string, unknown>

export const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Any JSON value as words hold it: an object may have a `toString` of its own that is none. */
export const asText = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value)

export const kindOf = (value: unknown): Kind => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  const kind = typeof value
  return kind === 'string' || kind === 'number' || kind === 'boolean' ? kind : 'object'
}

const fail = (path: Path, problem: Problem): never => {
  throw new ShapeProblem(path, problem)
}

export const anything: Shape = () => {}

export const string =
  ({ min = 0, max, pattern }: { min?: number; max?: number; pattern?: RegExp } = {}): Shape =>
  (value, path) => {
    if (typeof value !== 'string')
      return fail(path, { kind: 'type', expected: ['string'], got: value })
    const length = value.length
    if (length < min) fail(path, { kind: 'short', limit: min, length })
    if (max !== undefined && length > max) fail(path, { kind: 'long', limit: max, length })
    if (pattern && !pattern.test(value)) fail(path, { kind: 'pattern', pattern })
  }

interface Range {
  min?: number
  max?: number
}

const numeric =
  (whole: boolean) =>
  ({ min, max }: Range = {}): Shape =>
  (value, path) => {
    if (typeof value !== 'number' || (whole && !Number.isInteger(value)))
      return fail(path, { kind: 'type', expected: [whole ? 'integer' : 'number'], got: value })
    if (min !== undefined && value < min)
      fail(path, { kind: 'below', limit: min, got: value, whole })
    if (max !== undefined && value > max)
      fail(path, { kind: 'above', limit: max, got: value, whole })
  }

export const number = numeric(false)
export const integer = numeric(true)

export const boolean: Shape = (value, path) => {
  if (typeof value !== 'boolean') fail(path, { kind: 'type', expected: ['boolean'], got: value })
}

export const literal =
  (...supported: string[]): Shape =>
  (value, path) => {
    if (typeof value !== 'string' || !supported.includes(value))
      fail(path, { kind: 'value', supported, got: value })
  }

export const nullable =
  (shape: Shape): Shape =>
  (value, path) => {
    if (value !== null) shape(value, path)
  }

export const list =
  (shape: Shape, { min = 0, max }: Range = {}): Shape =>
  (value, path) => {
    if (!Array.isArray(value)) return fail(path, { kind: 'type', expected: ['array'], got: value })
    if (value.length < min) fail(path, { kind: 'empty' })
    if (max !== undefined && value.length > max)
      fail(path, { kind: 'long', limit: max, length: value.length })
    for (const [index, item] of value.entries()) shape(item, [...path, index])
  }

export const record =
  (shape: Shape = anything): Shape =>
  (value, path) => {
    if (!isObject(value)) return fail(path, { kind: 'type', expected: ['object'], got: value })
    for (const [key, item] of Object.entries(value)) shape(item, [...path, key])
  }

/** An object with these fields and no other. */
export const object =
  (required: Fields, optional: Fields = {}): Shape =>
  (value, path) => {
    if (!isObject(value)) return fail(path, { kind: 'type', expected: ['object'], got: value })
    for (const key of Object.keys(value))
      if (!Object.hasOwn(required, key) && !Object.hasOwn(optional, key))
        fail([...path, key], { kind: 'unknown' })
    for (const [key, shape] of Object.entries(required)) {
      if (value[key] === undefined) fail([...path, key], { kind: 'missing' })
      shape(value[key], [...path, key])
    }
    for (const [key, shape] of Object.entries(optional))
      if (value[key] !== undefined) shape(value[key], [...path, key])
  }

interface TagOptions {
  /** Names the variant of a value without the key. */
  absent?: (value: Body) => string
  /** Whether the vendor's paths leave the variant out. */
  unnamed?: boolean
}

/** A union distinguished by one key. */
export const tagged =
  (key: string, variants: Record<string, Shape>, options: TagOptions = {}): Shape =>
  (value, path) => {
    if (!isObject(value)) return fail(path, { kind: 'type', expected: ['object'], got: value })
    const tag = value[key] ?? options.absent?.(value)
    if (tag === undefined) fail([...path, key], { kind: 'missing' })
    const shape =
      typeof tag === 'string' && Object.hasOwn(variants, tag) ? variants[tag] : undefined
    if (!shape) return fail(path, { kind: 'tag', key, supported: Object.keys(variants), got: tag })
    shape(value, options.unnamed ? path : [...path, { tag: String(tag) }])
  }

/** A union distinguished by the type of JSON value. */
export const byKind =
  (shapes: Partial<Record<Kind, Shape>>): Shape =>
  (value, path) => {
    const shape = shapes[kindOf(value)]
    if (!shape)
      return fail(path, { kind: 'type', expected: Object.keys(shapes) as Kind[], got: value })
    shape(value, path)
  }
