/** The stores that a contract is tested on: SQLite, or a real PostgreSQL in `npm run conformance`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { createRows, type RowOptions, type Rows } from '#stores'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { withServers } from '../servers/with-servers.ts'

export interface RowsUnderTest {
  readonly kind: Rows['kind']
  /** The place of a new, empty database. */
  place(): Promise<RowOptions>
  /** Opens a place. Closed after the test. */
  at(place: RowOptions): Rows
  /** Only on real servers. */
  readonly server: PostgresServer
}

/** To be called once, at the top of a file of tests. */
export const useRowsUnderTest = (): RowsUnderTest => {
  let server: PostgresServer | undefined
  const folders: string[] = []
  const open: Rows[] = []
  beforeAll(async () => {
    if (withServers) server = await startPostgres()
  })
  afterEach(async () => {
    for (const rows of open.splice(0)) await rows.close()
  })
  afterAll(async () => {
    await server?.close()
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
  return {
    kind: withServers ? 'postgres' : 'sqlite',
    async place() {
      const outer = mkdtempSync(join(tmpdir(), 'sluice-rows-'))
      folders.push(outer)
      const folder = join(outer, 'data')
      return server ? { folder, databaseUrl: await server.createDatabase() } : { folder }
    },
    at(place) {
      const rows = createRows(place)
      open.push(rows)
      return rows
    },
    get server() {
      if (!server) throw new Error('There is no server in this run.')
      return server
    },
  }
}
