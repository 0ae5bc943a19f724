/**
 * Lists the fields of a request that its decoder does not read, so that none is dropped silently. A table beside each
 * decoder has the fields that it reads. Parts, items and tools of an unknown type are not inspected here: they are kept
 * as native ones and named if they are dropped.
 */
import { isJsonObject } from '#model'

type Note = (path: string) => void

/** Inspects a value at a path such as `messages.content`; the index in a list is not part of the path. */
export type Known = (value: unknown, path: string, note: Note) => void

export const anything: Known = () => undefined

/** A field that is never read. */
export const neverRead: Known = (value, path, note) => {
  if (!isEmpty(value)) note(path)
}

/** A field that is read only if its value is one of these words, in any case. */
export const oneOf =
  (words: ReadonlySet<string>): Known =>
  (value, path, note) => {
    // An object from outside must not be converted to text: its `toString` may be anything.
    const isWord = typeof value !== 'object' && words.has(String(value).toLowerCase())
    if (!isEmpty(value) && !isWord) note(path)
  }

const isEmpty = (value: unknown): boolean => {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.keys(value).length === 0
}

type Table = ReadonlyMap<string, Known>

const toTable = (known: Readonly<Record<string, Known>>): Table => new Map(Object.entries(known))

const unchanged = (key: string): string => key

/** @param toName maps a client's spelling to the field's name in the table. */
export const fields = (
  known: Readonly<Record<string, Known>>,
  toName = unchanged,
  otherwise = neverRead,
): Known => {
  const table = toTable(known)
  return (value, path, note) => {
    if (!isJsonObject(value)) return
    // Runs for every field of a request. Most are known, and no path is built for those.
    for (const key in value) {
      const look = table.get(toName(key)) ?? otherwise
      if (look !== anything) look(value[key], path === '' ? key : `${path}.${key}`, note)
    }
  }
}

/** Like `fields`, but fields that are not in the table are kept elsewhere. */
export const looseFields = (known: Readonly<Record<string, Known>>, toName = unchanged): Known =>
  fields(known, toName, anything)

/** A list, or a single value in place of one. */
export const each =
  (known: Known): Known =>
  (value, path, note) => {
    if (!Array.isArray(value)) return known(value, path, note)
    for (const entry of value) known(entry, path, note)
  }

/** Chooses by the value of one field; a value of unknown type is not inspected. */
export const byValue = (
  key: string,
  kinds: Readonly<Record<string, Known>>,
  otherwise: Known = anything,
): Known => {
  const table = toTable(kinds)
  return (value, path, note) => {
    if (!isJsonObject(value)) return
    const word = value[key]
    const look = (typeof word === 'string' ? table.get(word) : undefined) ?? otherwise
    look(value, path, note)
  }
}

/** Returns each name once. */
export const listIgnoredFields = (body: unknown, known: Known): readonly string[] | undefined => {
  const names = new Set<string>()
  known(body, '', (name) => {
    if (names.size < MAX_NAMES) names.add(name)
  })
  return names.size > 0 ? [...names] : undefined
}

/** Further names are not reported. */
const MAX_NAMES = 64
