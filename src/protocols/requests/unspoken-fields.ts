/**
 * Names the fields of a request that its decoder does not read, so that none is left out in silence. What is read is
 * a table beside each decoder; whole parts, items and tools of an unknown kind are not looked into here, since they are
 * kept as native ones and named where they are left out.
 */
import { isJsonObject } from '#model'

type Note = (path: string) => void

/** Looks at a value at a path, such as `messages.content`: which element of a list it is makes no difference. */
export type Known = (value: unknown, path: string, note: Note) => void

export const anything: Known = () => undefined

/** Read by nobody, whatever it is. */
export const nothing: Known = (value, path, note) => {
  if (!saysNothing(value)) note(path)
}

/** Read where it is one of these, in whatever case. */
export const oneOf =
  (words: ReadonlySet<string>): Known =>
  (value, path, note) => {
    // Of an object from outside, no text can be made: its `toString` may be anything.
    const isWord = typeof value !== 'object' && words.has(String(value).toLowerCase())
    if (!saysNothing(value) && !isWord) note(path)
  }

const saysNothing = (value: unknown): boolean => {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.keys(value).length === 0
}

type Table = ReadonlyMap<string, Known>

const toTable = (known: Readonly<Record<string, Known>>): Table => new Map(Object.entries(known))

const asItIs = (key: string): string => key

/** @param toName of a field in the table, as a client may spell it. */
export const fields = (
  known: Readonly<Record<string, Known>>,
  toName = asItIs,
  otherwise = nothing,
): Known => {
  const table = toTable(known)
  return (value, path, note) => {
    if (!isJsonObject(value)) return
    // Every field of a request is come upon here: most are known, and no path is made for these.
    for (const key in value) {
      const look = table.get(toName(key)) ?? otherwise
      if (look !== anything) look(value[key], path === '' ? key : `${path}.${key}`, note)
    }
  }
}

/** The same where all that is not in the table is kept in another way. */
export const someOf = (known: Readonly<Record<string, Known>>, toName = asItIs): Known =>
  fields(known, toName, anything)

/** A list, or what stands in its place alone. */
export const each =
  (known: Known): Known =>
  (value, path, note) => {
    if (!Array.isArray(value)) return known(value, path, note)
    for (const entry of value) known(entry, path, note)
  }

/** By what one of the fields says; what has an unknown word there is not looked into. */
export const byWord = (
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

/** The same name is told once. */
export const listUnspoken = (body: unknown, known: Known): readonly string[] | undefined => {
  const names = new Set<string>()
  known(body, '', (name) => {
    if (names.size < MAX_NAMES) names.add(name)
  })
  return names.size > 0 ? [...names] : undefined
}

/** More are told to nobody. */
const MAX_NAMES = 64
