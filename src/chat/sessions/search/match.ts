/** Finds texts by their words, in the index of either database. */
import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { RowStore } from '#stores'
import { type SoughtWord, toWords } from './words.ts'

const MARK_CHARACTERS = 6

/**
 * The index has the words of all owners. Each word begins with a mark of its owner, so that a search reads the words of one
 * owner and takes no longer because of others. Owners may share a mark: their rows are told apart.
 */
const markOf = (owner: string): string =>
  createHash('sha256').update(owner).digest('hex').slice(0, MARK_CHARACTERS)

/** The words of a text, as its row is given them. */
export const toIndexed = (owner: string, text: string): string =>
  toWords(text, markOf(owner)).join(' ')

/** Makes the column of such words. */
export const toWordsColumn = (
  kind: RowStore['kind'],
  words: RawBuilder<unknown>,
): RawBuilder<unknown> =>
  kind === 'sqlite' ? words : sql`array_to_tsvector(string_to_array(${words}, ' '))`

/** A condition on `session_texts`. Words have letters and digits alone, so nothing in them is an operator. */
export const hasAll = (
  kind: RowStore['kind'],
  owner: string,
  sought: readonly SoughtWord[],
): RawBuilder<boolean> => {
  const mark = markOf(owner)
  if (kind === 'sqlite') {
    const query = sought.map(({ word, isPrefix }) => `"${mark}${word}"${isPrefix ? ' *' : ''}`)
    return sql`doc in (select rowid from session_words where session_words match ${query.join(' AND ')})`
  }
  const query = sought.map(({ word, isPrefix }) => `'${mark}${word}'${isPrefix ? ':*' : ''}`)
  return sql`words @@ cast(${query.join(' & ')} as tsquery)`
}
