/** A real PostgreSQL in a temporary folder, at a free port. It may be stopped, frozen and started again. */
import { execFileSync, type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

export interface PostgresServer {
  /** The address of a new, empty database. */
  createDatabase(): Promise<string>
  /** Ends it at once, as a power failure would. */
  kill(): Promise<void>
  startAgain(): Promise<void>
  /** It keeps its connections, and answers nothing. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

const PROGRAMS = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1) ?? ''

/** It refuses to run as root. */
const toOwner = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']))
  return { uid: id('-u'), gid: id('-g') }
}

export const startPostgres = async (): Promise<PostgresServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-postgres-'))
  const owner = toOwner()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const options = { cwd: folder, ...owner }
  execFileSync(
    join(PROGRAMS, 'initdb'),
    ['-D', data, '-U', 'sluice', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...options, stdio: 'ignore' },
  )
  const port = await freePort()
  let server: ChildProcess | undefined
  let databases = 0

  const start = async (): Promise<void> => {
    const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=']
    const started = spawn(
      join(PROGRAMS, 'postgres'),
      ['-D', data, ...settings.flatMap((setting) => ['-c', setting]), '-c', 'fsync=off'],
      { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    server = started
    let said = ''
    await new Promise<void>((resolve, reject) => {
      started.stderr.on('data', (bytes: Buffer) => {
        said += bytes.toString()
        if (said.includes('ready to accept connections')) resolve()
      })
      started.once('exit', () => reject(new Error(`PostgreSQL ended: ${said}`)))
    })
  }

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGCONT')
    server.kill(signal)
    await ended
  }

  await start()
  return {
    async createDatabase() {
      const name = `rows_${++databases}`
      const { default: pg } = await import('pg')
      const url = `postgres://sluice@127.0.0.1:${port}`
      const client = new pg.Client({ connectionString: `${url}/postgres` })
      await client.connect()
      await client.query(`create database ${name}`)
      await client.end()
      return `${url}/${name}`
    },
    // The processes of its connections end with it: SIGQUIT is its own word for "at once".
    kill: () => stop('SIGQUIT'),
    startAgain: start,
    freeze: () => signalAll(server, 'SIGSTOP'),
    thaw: () => signalAll(server, 'SIGCONT'),
    async close() {
      signalAll(server, 'SIGCONT')
      await stop('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The server has a process for each connection. */
const signalAll = (server: ChildProcess | undefined, signal: NodeJS.Signals): void => {
  if (server?.pid === undefined || server.exitCode !== null) return
  const children = childrenOf(server.pid)
  server.kill(signal)
  for (const pid of children) signalOne(pid, signal)
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .map(Number)
    .filter((child) => child > 0)

const signalOne = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has ended since it was listed.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
