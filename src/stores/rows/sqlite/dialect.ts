/** Kysely on top of the thread that has the file open. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { SqliteThread } from './sqlite-thread.ts'

export const createDialect = (thread: SqliteThread): Dialect => ({
  createDriver: () => createDriver(thread),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db) => new SqliteIntrospector(db),
})

/** There is one connection. The adapter says so, and Kysely then lets one transaction wait for another. */
const createDriver = (thread: SqliteThread): Driver => {
  const connection = createConnection(thread)
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    // A transaction that began by reading might not become a writer.
    beginTransaction: async () => void (await thread.run('begin immediate')),
    commitTransaction: async () => void (await thread.run('commit')),
    // SQLite may have rolled back by itself, for example when the disk was full.
    rollbackTransaction: () => thread.run('rollback').then(ignore, ignore),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  }
}

const ignore = (): void => undefined

const createConnection = (thread: SqliteThread): DatabaseConnection => ({
  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await thread.run(sql, parameters)
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) }
  },
  streamQuery() {
    throw new Error('Rows of SQLite are not streamed.')
  },
})
