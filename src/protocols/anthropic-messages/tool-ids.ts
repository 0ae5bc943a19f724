/** Ids of tool calls. Here they may hold letters, digits, `_` and `-` only. */
import { createHash } from 'node:crypto'
import { createUniqueIds } from '../answers/unique-ids.ts'

const SOUND = /^[a-zA-Z0-9_-]+$/

/** The same id always becomes the same, so that a call and its result still find each other. */
export const toToolId = (id: string): string =>
  SOUND.test(id) ? id : `toolu_${createHash('sha256').update(id).digest('base64url').slice(0, 24)}`

/** Gives each call of one answer an id of its own. */
export const createToolIds = (): ((id: string) => string) => {
  const toUnique = createUniqueIds()
  return (id) => toUnique(toToolId(id))
}
