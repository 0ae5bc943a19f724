/** Ids, as rows have them. Those that no index or no database would take are hashed, so that none is refused. */
import { createHash } from 'node:crypto'
import type { SessionKey } from '../session-store.ts'

const MAX_KEY_CHARACTERS = 128
const PLAIN = /^[\x20-\x7e]+$/
const HASHED = 'sha256:'

/** Two ids never become one: what looks like a hash is hashed as well. */
export const toKeyText = (id: string): string =>
  id.length <= MAX_KEY_CHARACTERS && PLAIN.test(id) && !id.startsWith(HASHED)
    ? id
    : HASHED + createHash('sha256').update(JSON.stringify(id)).digest('hex')

/** A session as its rows name it. */
export interface RowKey {
  readonly owner: string
  readonly id: string
}

export const toRowKey = ({ owner, id }: SessionKey): RowKey => ({
  owner: toKeyText(owner),
  id: toKeyText(id),
})
