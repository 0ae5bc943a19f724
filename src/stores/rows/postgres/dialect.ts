/** Kysely on top of a pool of connections. */
import { type Dialect, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import type { PoolClient } from 'pg'

const MAX_CONNECTIONS = 4
const CONNECT_MS = 2_000
/** A server that takes longer counts as gone. */
const QUERY_MS = 10_000
const IDLE_MS = 30_000

export const createDialect = (url: string): Dialect =>
  new PostgresDialect({ pool: () => createPool(url) })

const createPool = async (url: string): Promise<PostgresPool> => {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'sluice',
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: QUERY_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    allowExitOnIdle: true,
    types: {
      // Counts, which are far below what a number holds exactly.
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as never,
    },
  })
  // The query that is affected reports it, and an idle connection is replaced. Without a listener it would be a crash.
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return {
    options: pool.options,
    connect: async () => toClient(await pool.connect()),
    end: () => pool.end(),
  }
}

const ignore = (): void => undefined

/**
 * A connection on which anything failed but a statement is not used again: its server may have moved, and it would
 * cost every later query its deadline.
 */
const toClient = (client: PoolClient): PostgresPoolClient => {
  let lost = false
  const query = async (text: string, values: unknown[]): Promise<unknown> => {
    try {
      return await client.query(text, values)
    } catch (error) {
      lost ||= !isOfStatement(error)
      throw error
    }
  }
  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy === true || lost),
  }
}

/**
 * PostgreSQL's own errors have a code of five characters. Class 57 says that the server or the session ends, and 25006
 * that the server can only be read: after a failover the name may lead to another one.
 */
const isOfStatement = (error: unknown): boolean => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^(?!57|25006)[0-9A-Z]{5}$/.test(code)
}
