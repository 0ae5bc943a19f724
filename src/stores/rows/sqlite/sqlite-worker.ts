/**
 * Has a file of SQLite open, in a thread of its own, since every call of SQLite blocks. It imports by path only, because
 * no bundler or test runner resolves names there.
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { SqlStatement } from '../row-store.ts'
import {
  BUSY_MS,
  IN_MEMORY,
  type SqlFault,
  type SqliteFile,
  type SqlQuestion,
  type SqlReply,
  type SqlResult,
} from './sql-messages.ts'

const { path, maxBytes } = workerData as SqliteFile

const MAX_STATEMENTS = 64
const PAGE_BYTES = 4096

const BUSY = 5
/** After these the file is opened anew, since it may be writable or there again: READONLY, IOERR, CANTOPEN, NOTADB. */
const REOPENED_AFTER = new Set([8, 10, 14, 26])

let opened: DatabaseSync | undefined
/** Which file it is. A deleted one could still be written, and nobody would find the rows. */
let identity: string | undefined
const statements = new Map<string, StatementSync>()

const open = (): DatabaseSync => {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    patiently(() => database.exec('pragma journal_mode = wal'))
    // A commit survives the end of the process. After a power failure the file is intact, without the last commits.
    database.exec('pragma synchronous = normal')
    // What is deleted is overwritten: a file that is copied must not tell of it.
    database.exec('pragma secure_delete = on')
    if (maxBytes !== undefined)
      database.exec(`pragma max_page_count = ${Math.ceil(maxBytes / PAGE_BYTES)}`)
    expectSameFile()
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

const FILE_GONE = 'the file was deleted or replaced'

const expectSameFile = (): void => {
  const found = identityNow()
  const expected = identity
  identity = found
  if (expected === undefined || found === expected) return
  // The next one is accepted.
  identity = undefined
  throw new Error(FILE_GONE)
}

const identityNow = (): string | undefined => {
  if (path === IN_MEMORY) return undefined
  const file = statSync(path, { throwIfNoEntry: false })
  return file && `${file.dev}:${file.ino}`
}

/** SQLite does not wait by itself while the mode of the journal changes. */
const patiently = (work: () => void): void => {
  const end = performance.now() + BUSY_MS
  for (;;)
    try {
      return work()
    } catch (error) {
      if (codeOf(error) !== BUSY || performance.now() > end) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
}

const codeOf = (error: unknown): number | undefined => {
  const { errcode } = error as { errcode?: unknown }
  // Extended codes have the general one in the lowest byte.
  return typeof errcode === 'number' ? errcode & 0xff : undefined
}

const close = (): void => {
  statements.clear()
  opened?.close()
  opened = undefined
}

const prepare = (database: DatabaseSync, sql: string): StatementSync => {
  const known = statements.get(sql)
  if (known) return known
  const statement = database.prepare(sql)
  if (statements.size >= MAX_STATEMENTS) statements.clear()
  statements.set(sql, statement)
  return statement
}

const run = ({ sql, parameters, rows, transactions }: SqlQuestion): SqlResult => {
  // In a transaction it would come too late.
  if (opened && !opened.isTransaction) expectSameFile()
  opened ??= open()
  if (transactions) return { rows: [], changes: 0, outcomes: runAll(opened, transactions) }
  const statement = prepare(opened, sql)
  if (rows !== undefined) return { rows: [], changes: runForEach(statement, rows) }
  const values = parameters as SQLInputValue[]
  if (statement.columns().length > 0) return { rows: statement.all(...values), changes: 0 }
  return { rows: [], changes: Number(statement.run(...values).changes) }
}

/** A fifth of what SQLite takes to read the JSON itself. @returns how many rows changed */
const runForEach = (statement: StatementSync, rows: string): number => {
  let changes = 0
  for (const values of JSON.parse(rows) as SQLInputValue[][])
    changes += Number(statement.run(...values).changes)
  return changes
}

const runAll = (
  database: DatabaseSync,
  transactions: readonly (readonly SqlStatement[])[],
): (boolean | SqlFault)[] =>
  transactions.map((asked) => {
    try {
      return runAtOnce(database, asked)
    } catch (error) {
      return toFault(error)
    }
  })

/** @returns false if the first statement changed nothing */
const runAtOnce = (database: DatabaseSync, asked: readonly SqlStatement[]): boolean => {
  let first: number | undefined
  prepare(database, 'begin immediate').run()
  try {
    for (const { sql, parameters } of asked) {
      const { changes } = prepare(database, sql).run(...(parameters as SQLInputValue[]))
      first ??= Number(changes)
      if (first === 0) break
    }
    prepare(database, 'commit').run()
    return first !== 0
  } catch (error) {
    // SQLite may have rolled back by itself, for example when the disk was full.
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

const toFault = (error: unknown): SqlFault => {
  const errcode = codeOf(error)
  const message = error instanceof Error ? error.message : String(error)
  if (errcode !== undefined) return { message, errcode }
  return message === FILE_GONE ? { message, isGone: true } : { message }
}

const isOfFile = (outcome: boolean | SqlFault): boolean =>
  typeof outcome === 'object' &&
  (outcome.isGone === true || REOPENED_AFTER.has(outcome.errcode ?? 0))

const answer = (question: SqlQuestion): SqlReply => {
  const { id } = question
  try {
    const result = run(question)
    if (result.outcomes?.some(isOfFile)) close()
    return { id, result }
  } catch (error) {
    const fault = toFault(error)
    if (isOfFile(fault)) close()
    return { id, fault }
  }
}

parentPort?.on('message', (question: SqlQuestion | 'close') => {
  if (question !== 'close') return parentPort?.postMessage(answer(question), [])
  close()
  parentPort?.close()
})
