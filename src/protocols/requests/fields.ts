/** Reads fields of a client's JSON, or reports which one is wrong: `messages[2].content must be a string`. */
import { invalidRequest, isJsonObject, type JsonObject } from '#model'

export const at = (path: string, key: string | number): string =>
  typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`

const wrong = (path: string, wanted: string) => invalidRequest(`'${path}' must be ${wanted}.`, path)

export const toObject = (value: unknown, path: string): JsonObject => {
  if (!isJsonObject(value)) throw wrong(path, 'an object')
  return value
}

export const toArray = (value: unknown, path: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw wrong(path, 'an array')
  return value
}

export const toString = (value: unknown, path: string): string => {
  if (typeof value !== 'string') throw wrong(path, 'a string')
  return value
}

type Read<Value> = (value: unknown, path: string) => Value

const toNumber: Read<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(path, 'a number')
  return value
}

const toCount: Read<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw wrong(path, 'a whole number, not negative')
  return value
}

const toBoolean: Read<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, 'true or false')
  return value
}

/** Null means absent: SDKs write null for what is not set. */
export const optional =
  <Value>(read: Read<Value>) =>
  (object: JsonObject, key: string, path = ''): Value | undefined => {
    const value = object[key]
    return value === undefined || value === null ? undefined : read(value, at(path, key))
  }

export const required =
  <Value>(read: Read<Value>) =>
  (object: JsonObject, key: string, path = ''): Value => {
    const where = at(path, key)
    if (object[key] === undefined) throw invalidRequest(`'${where}' is required.`, where)
    return read(object[key], where)
  }

export const requiredString = required(toString)
export const requiredObject = required(toObject)
export const requiredArray = required(toArray)
export const optionalString = optional(toString)
export const optionalNumber = optional(toNumber)
export const optionalCount = optional(toCount)
export const optionalBoolean = optional(toBoolean)
export const optionalObject = optional(toObject)
export const optionalArray = optional(toArray)

/** Returns the object without undefined values, which must not reach the wire or a fixture. */
export const withoutUndefined = <Value extends object>(value: Value): Value => {
  // Copied rather than deleted from, because V8 makes an object slow once a key has been deleted.
  const defined = {} as Value
  for (const key in value) if (value[key] !== undefined) defined[key] = value[key]
  return defined
}

/** Returns the fields that are not among the known ones. */
export const unknownFields = (object: JsonObject, known: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !known.has(key)))

/** Looks up a key from outside. Inherited names such as `constructor` are never found. */
export const lookUp = <Value>(
  table: Readonly<Record<string, Value>>,
  key: unknown,
): Value | undefined =>
  typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined
