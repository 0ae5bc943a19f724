/** Shapes of JSON values as tables of fields, each saying in a sentence what it refuses. */

/** `complete` asks also for the fields that an older version of a protocol leaves out. */
export type Shape = (value: unknown, path: string, complete: boolean) => string[]

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const show = (value: unknown) => {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return 'an array'
  if (isRecord(value)) return 'an object'
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value)
}

const kind =
  (wanted: string, accepts: (value: unknown) => boolean): Shape =>
  (value, path) =>
    accepts(value) ? [] : [`${path || 'the data'} is ${show(value)}, not ${wanted}`]

export const text = kind('a string', (value) => typeof value === 'string')
export const filled = kind('a filled string', (value) => typeof value === 'string' && value !== '')
export const flag = kind('a boolean', (value) => typeof value === 'boolean')
export const number = kind('a number', (value) => typeof value === 'number')
export const count = kind(
  'a whole number of at least 0',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
)
/** A moment in seconds: milliseconds are refused by their size. */
export const seconds = kind(
  'a whole number of seconds',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 1e11,
)
export const anything = kind('a value', (value) => value !== undefined)
export const emptyText = kind("''", (value) => value === '')
export const emptyList = kind('[]', (value) => Array.isArray(value) && value.length === 0)
export const emptyObject = kind('{}', (value) => isRecord(value) && Object.keys(value).length === 0)
export const nothing = kind('null', (value) => value === null)
export const oneOf = (...values: unknown[]) =>
  kind(values.map(show).join(' or '), (value) => values.includes(value))

export const nullable =
  (shape: Shape): Shape =>
  (value, path, complete) =>
    value === null ? [] : shape(value, path, complete)

export const list =
  (shape: Shape = anything): Shape =>
  (value, path, complete) =>
    Array.isArray(value)
      ? value.flatMap((item, place) => shape(item, `${path}[${place}]`, complete))
      : [`${path} is ${show(value)}, not an array`]

const FIELD = /^(?<name>.*?)(?<mark>[?*]?)$/

/** A key that ends in `?` is optional; one that ends in `*` is required of a complete value only. */
export const record =
  (fields: Record<string, Shape>): Shape =>
  (value, path, complete) => {
    if (!isRecord(value)) return [`${path || 'the data'} is ${show(value)}, not an object`]
    return Object.entries(fields).flatMap(([key, shape]) => {
      const { name = key, mark } = FIELD.exec(key)?.groups ?? {}
      const mayMiss = mark === '?' || (mark === '*' && !complete)
      if (mayMiss && value[name] === undefined) return []
      return shape(value[name], path ? `${path}.${name}` : name, complete)
    })
  }

/** Chooses the shape by the value's own `type`. */
export const byType =
  (shapes: Record<string, Shape>): Shape =>
  (value, path, complete) => {
    if (!isRecord(value)) return [`${path || 'the data'} is ${show(value)}, not an object`]
    const type = value['type']
    const shape = typeof type === 'string' && Object.hasOwn(shapes, type) ? shapes[type] : undefined
    if (shape) return shape(value, path, complete)
    return [`${path ? `${path}.type` : 'type'} is ${show(type)}, which the protocol does not know`]
  }

export const isJsonObject = (source: string) => {
  try {
    return isRecord(JSON.parse(source))
  } catch {
    return false
  }
}

export const firstRepeated = (values: string[]) =>
  values.find((value, place) => values.indexOf(value) !== place)
