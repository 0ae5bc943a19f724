/** Ids of an answer and of its items. The same answer of an upstream always gets the same ids. */
import { createHash, randomUUID } from 'node:crypto'
import { createUniqueIds } from '../../answers/unique-ids.ts'

const MAX_CALL_ID_LENGTH = 64
const HEX_LENGTH = 32

const digest = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, HEX_LENGTH)

/** @param createdAtMs distinguishes the answers of an upstream that gives all of them one id. */
export const toResponseId = (id: string, createdAtMs: number): string =>
  `resp_${digest(`${id || randomUUID()} ${createdAtMs}`)}`

export const toItemId = (responseId: string, prefix: string, index: number): string =>
  `${prefix}_${responseId.slice('resp_'.length)}${index.toString(16).padStart(4, '0')}`

export const toCallId = (id: string): string =>
  id !== '' && id.length <= MAX_CALL_ID_LENGTH ? id : `call_${digest(id)}`

/** Gives each call of one answer a unique id. */
export const createCallIds = (responseId: () => string): ((id: string) => string) => {
  const toUnique = createUniqueIds(toCallId)
  return (given) => toUnique(given || responseId())
}
