/** Runs a command on the database that the server writes. */
import { type Flags, loadConfig } from '#config'
import { GatewayError, reasonOf } from '#model'
import { createRows, type RowOptions, type Rows } from '#stores'
import { print } from '../exit.ts'
import { runCommand } from '../run-command.ts'

/** @param work gives what is printed. */
export const runWithPlace = (
  flags: Flags,
  work: (place: RowOptions) => Promise<string>,
): Promise<void> =>
  runCommand(async () => {
    const { options } = await loadConfig({ env: process.env, cwd: process.cwd(), flags })
    if (!options.rows) throw new GatewayError('not_found', 'There is no ledger.')
    print(await work(options.rows))
  })

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
    throw new GatewayError('at_capacity', `The ${what} cannot be read: ${reasonOf(error)}.`)
  } finally {
    await rows.close()
  }
}
