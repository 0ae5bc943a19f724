/** Writes a backup of the SQLite file, also while the server runs. */
import { resolve } from 'node:path'
import type { Flags } from '#config'
import { GatewayError, invalidRequest, reasonOf } from '#model'
import { backUpRows } from '#stores'
import { runWithPlace } from './read-rows.ts'

export const backUp = (file: string, flags: Flags): Promise<void> =>
  runWithPlace(flags, async (place) => {
    if (place.databaseUrl !== undefined)
      throw invalidRequest('The rows are in PostgreSQL: use pg_dump, as docs/operating.md says.')
    const target = resolve(file)
    try {
      await backUpRows(place.folder, target)
    } catch (error) {
      throw new GatewayError('at_capacity', `The backup failed: ${reasonOf(error)}.`)
    }
    return `The backup is in ${target}.`
  })
