/** Ids of tool calls, in a form that every vendor of this protocol accepts. */
import { createHash, randomUUID } from 'node:crypto'
import { createUniqueIds } from '../answers/unique-ids.ts'

const MAX_LENGTH = 40

/** Maps equal ids to equal ids, so that a result still finds its call. */
export const toCallId = (id: string): string =>
  id !== '' && id.length <= MAX_LENGTH
    ? id
    : `call_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`

/** Makes the ids of one answer unique. */
export const createCallIds = (): ((id: string) => string) => {
  const toUnique = createUniqueIds(toCallId)
  return (given) => toUnique(given || randomUUID())
}

/**
 * Ids for a vendor that accepts only letters and digits of a fixed length. An id that fits is kept; every other id is
 * mapped to the same new id in every request, and no two ids are mapped to one.
 *
 * @param all every id of the request.
 */
export const createFixedIds = (
  length: number,
  all: readonly string[],
): ((id: string) => string) => {
  const fits = new RegExp(`^[a-zA-Z0-9]{${length}}$`)
  const taken = new Set(all.filter((id) => fits.test(id)))
  const made = new Map<string, string>()
  const make = (id: string): string => {
    for (let nth = 0; ; nth++) {
      const own = toLetters(`${nth === 0 ? '' : `${nth} `}${id}`, length)
      if (taken.has(own)) continue
      taken.add(own)
      made.set(id, own)
      return own
    }
  }
  return (id) => (fits.test(id) ? id : (made.get(id) ?? make(id)))
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const toLetters = (id: string, length: number): string => {
  let rest = createHash('sha256').update(id).digest().readBigUInt64BE()
  let letters = ''
  for (; letters.length < length; rest /= 62n) letters += LETTERS[Number(rest % 62n)]
  return letters
}
