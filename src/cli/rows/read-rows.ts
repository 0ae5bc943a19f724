/** Runs a command that reads the database which the server writes, and says in one sentence what is wrong. */
import { type Flags, loadConfig } from '#config'
import { GatewayError } from '#model'
import { createRows, type RowOptions, type Rows } from '#stores'
import { EXIT, print, say } from '../exit.ts'
import { toSentences } from '../start-errors.ts'

/** @param work gives what is printed. */
export const runWithPlace = async (
  flags: Flags,
  work: (place: RowOptions) => Promise<string>,
): Promise<void> => {
  try {
    const { options } = await loadConfig({ env: process.env, cwd: process.cwd(), flags })
    if (!options.rows) throw new GatewayError('not_found', 'There is no ledger.')
    print(await work(options.rows))
  } catch (error) {
    const sentences = error instanceof GatewayError ? [error.message] : toSentences(error)
    if (!sentences) throw error
    say(...sentences)
    process.exitCode = EXIT.misuse
  }
}

/** @param what is read, for the sentence that says that it cannot be. */
export const readRows = async <Report>(
  place: RowOptions,
  what: string,
  read: (rows: Rows) => Promise<Report>,
): Promise<Report> => {
  const rows = createRows(place)
  try {
    return await read(rows)
  } catch (error) {
    throw new GatewayError('at_capacity', `The ${what} cannot be read: ${messageOf(error)}.`)
  } finally {
    await rows.close()
  }
}

export const messageOf = (error: unknown): string => {
  const { message, code } = error as { message?: unknown; code?: unknown }
  return String(message || code || error)
}
