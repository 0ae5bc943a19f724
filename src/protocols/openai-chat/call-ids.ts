/** Ids of tool calls as every vendor of this protocol takes them. */
import { createHash, randomUUID } from 'node:crypto'
import { createUniqueIds } from '../unique-ids.ts'

const MAX_LENGTH = 40

/** The same id always becomes the same one, so that a result still finds its call. */
export const toCallId = (id: string): string =>
  id !== '' && id.length <= MAX_LENGTH
    ? id
    : `call_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`

/** Makes the ids of one answer unique. */
export const createCallIds = (): ((id: string) => string) => {
  const toUnique = createUniqueIds(toCallId)
  return (given) => toUnique(given || randomUUID())
}
