/** What docs/errors.md promises for each code. The table of faults is judged by it, not by the code of Sluice. */
import { readFileSync } from 'node:fs'

const PAGE = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

interface Words {
  readonly status: number
  /** Gemini calls it `status`. */
  readonly type: string
  readonly code?: string | null
}

export interface Promised {
  readonly status: number
  /** "next target, then same target" */
  readonly tries: string
  readonly openai: Words
  /** The code of `response.failed`. */
  readonly inResponse: string
  readonly anthropic: Words
  readonly gemini: Words
}

export type Column = 'openai' | 'anthropic' | 'gemini'

const rowsBelow = (heading: string): readonly (readonly string[])[] => {
  const [, section = ''] = PAGE.split(`\n## ${heading}\n`)
  const [table = ''] = section.split('\n## ')
  return rowsIn(table)
}

const rowsIn = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^\| `(.+) \|$/gm)].map(([, row = '']) =>
    row.split(' | ').map((cell) => cell.replaceAll('`', '')),
  )

const toWords = (cell = ''): Words => {
  const [status, type = '', code] = cell.split(' ')
  return { status: Number(status), type, ...(code && { code: code === 'null' ? null : code }) }
}

const kinds = new Map(
  rowsIn(PAGE.split('\n## ')[0] ?? '').map(([code = '', status, tries = '']) => [
    code,
    { status: Number(status), tries },
  ]),
)

const promises = new Map(
  rowsBelow('In each dialect').map(
    ([code = '', openai, inResponse = '', anthropic, gemini]): [string, Promised] => [
      code,
      {
        ...(kinds.get(code) ?? { status: 0, tries: '' }),
        openai: toWords(openai),
        inResponse,
        anthropic: toWords(anthropic),
        gemini: toWords(gemini),
      },
    ],
  ),
)

export const promisedOf = (code: string): Promised => {
  const promised = promises.get(code)
  if (!promised) throw new Error(`docs/errors.md does not list ${code}`)
  return promised
}

/** "If the status differs from the one in the table, the type follows the status." */
export const typeOfStatus = (column: Column, status: number): string => {
  const rows = [...promises.values()].map((promised) => promised[column])
  const found = rows.find((words) => words.status === status)
  if (!found) throw new Error(`docs/errors.md has no ${column} type for ${status}`)
  return found.type
}
