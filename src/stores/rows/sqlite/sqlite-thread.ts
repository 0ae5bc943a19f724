/** Asks the thread that has a file of SQLite open. Starts it with the first statement. */
import { Worker } from 'node:worker_threads'
import type { RunAll } from '../groups.ts'
import type { SqlStatement } from '../row-store.ts'
import {
  IN_MEMORY,
  type SqlFault,
  type SqliteFile,
  type SqlQuestion,
  type SqlReply,
  type SqlResult,
} from './sql-messages.ts'

export interface SqliteThread {
  /** Statements run in the order in which they are given. */
  run(sql: string, parameters?: readonly unknown[]): Promise<SqlResult>
  /** Runs a statement for each row of a JSON array of arrays. @returns how many rows changed */
  runForEach(sql: string, rows: string): Promise<number>
  /** Runs lists of statements, each in a transaction of its own. */
  readonly runAll: RunAll<readonly SqlStatement[]>
  close(): Promise<void>
}

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js',
  import.meta.url,
)

/** How long the file may take to close. */
const CLOSE_MS = 2_000

interface Waiting {
  resolve(result: SqlResult): void
  reject(error: unknown): void
}

/** @param onGone called if the file was deleted or replaced. The statements after that are for a new one. */
export const createSqliteThread = (
  file: SqliteFile,
  onGone: () => void = () => undefined,
): SqliteThread => {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let lastId = 0
  let closed = false

  const settle = (reply: SqlReply): void => {
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    // An idle thread must not keep the process alive.
    if (waiting.size === 0) worker?.unref()
    if ('fault' in reply) {
      if (reply.fault.isGone) onGone()
      asked?.reject(toError(reply.fault))
    } else asked?.resolve(reply.result)
  }

  const start = (): Worker => {
    const started = new Worker(WORKER, {
      workerData: file,
      // Not the flags of this process, and no warning that SQLite is young in Node.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      name: 'sqlite',
    })
    started.on('message', settle)
    const lose = (cause: unknown): void => {
      if (worker !== started) return
      worker = undefined
      for (const { reject } of waiting.values())
        reject(new Error('The thread of SQLite has ended.', { cause }))
      waiting.clear()
      // Its tables were in its memory.
      if (!closed && file.path === IN_MEMORY) onGone()
    }
    started.on('error', lose)
    started.on('exit', lose)
    return started
  }

  const ask = (question: Omit<SqlQuestion, 'id'>): Promise<SqlResult> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Error('The file is closed.'))
      worker ??= start()
      worker.ref()
      const id = ++lastId
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, ...question }, [])
    })

  return {
    run: (sql, parameters = []) => ask({ sql, parameters }),
    async runForEach(sql, rows) {
      const { changes } = await ask({ sql, parameters: [], rows })
      return changes
    },
    async runAll(transactions) {
      const { outcomes = [] } = await ask({ sql: '', parameters: [], transactions })
      return outcomes.map((outcome) => (typeof outcome === 'object' ? toError(outcome) : outcome))
    },
    async close() {
      closed = true
      const closing = worker
      if (!closing) return
      closing.ref()
      const ended = new Promise<void>((resolve) => closing.once('exit', () => resolve()))
      closing.postMessage('close', [])
      const timer = setTimeout(() => void closing.terminate(), CLOSE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

const toError = ({ message, errcode }: SqlFault): Error =>
  Object.assign(new Error(message), errcode === undefined ? {} : { errcode })
