/** Tool names that every vendor takes: 1 to 64 letters, digits, `_` and `-`. */
import { createHash } from 'node:crypto'

const TAKEN_EVERYWHERE = /^[a-zA-Z0-9_-]{1,64}$/
const FORBIDDEN = /[^a-zA-Z0-9_-]/g
const HASH_LENGTH = 12
const KEPT_LENGTH = 64 - HASH_LENGTH - 1

/** The same name always becomes the same one, so that prompt caches keep their worth. */
export const toWireToolName = (name: string): string => {
  if (TAKEN_EVERYWHERE.test(name)) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH)
  return `${name.replace(FORBIDDEN, '_').slice(0, KEPT_LENGTH)}_${hash}`
}

export interface ToolNames {
  toWire(name: string): string
  /** Names that had to be changed: as sent -> as the client knows them. */
  readonly changed: ReadonlyMap<string, string>
}

/** Remembers what it changes, for the answer's way back. */
export const createToolNames = (): ToolNames => {
  const changed = new Map<string, string>()
  return {
    toWire(name) {
      const wire = toWireToolName(name)
      if (wire !== name) changed.set(wire, name)
      return wire
    },
    changed,
  }
}
