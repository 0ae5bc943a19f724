/** Ids of tool calls. Here they may only hold letters, digits, `_` and `-`. */
import { createHash } from 'node:crypto'
import { createUniqueIds } from '../answers/unique-ids.ts'

const VALID = /^[a-zA-Z0-9_-]+$/

/** Maps equal ids to equal ids, so that a result still finds its call. */
export const toToolId = (id: string): string =>
  VALID.test(id) ? id : `toolu_${createHash('sha256').update(id).digest('base64url').slice(0, 24)}`

/** Gives each call of one answer a unique id. */
export const createToolIds = (): ((id: string) => string) => {
  const toUnique = createUniqueIds()
  return (id) => toUnique(toToolId(id))
}
