/** Tool names that every vendor accepts: 1 to 64 letters, digits, `_` and `-`. */
import { createHash } from 'node:crypto'

const VALID = /^[a-zA-Z0-9_-]{1,64}$/
const FORBIDDEN = /[^a-zA-Z0-9_-]/g
const HASH_LENGTH = 12
const KEPT_LENGTH = 64 - HASH_LENGTH - 1

/** Maps equal names to equal names, so that prompt caches stay valid. */
export const toWireToolName = (name: string): string => {
  if (VALID.test(name)) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH)
  return `${name.replace(FORBIDDEN, '_').slice(0, KEPT_LENGTH)}_${hash}`
}

export interface ToolNames {
  toWire(name: string): string
  /** Names that were changed: as sent -> as the client knows them. */
  readonly changed: ReadonlyMap<string, string>
}

/** Records the names that it changes, so that the answer can restore them. */
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
