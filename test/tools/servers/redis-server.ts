/** A real redis-server in a folder of its own, which may be frozen, stopped and started again. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { within } from '../app/within.ts'
import { freePort } from './free-port.ts'

export interface RedisServer {
  readonly host: string
  readonly port: number
  readonly url: string
  /** Runs one command, with redis-cli. */
  command(...words: readonly (string | number)[]): Promise<string>
  /** The process answers nothing, but its connections stay open. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
  start(): Promise<void>
}

export interface RedisSettings {
  readonly host?: string
  readonly port?: number
  readonly args?: readonly string[]
}

const run = promisify(execFile)
/** Ended by `close`. */
export const openRedis = async (
  settings: RedisSettings = {},
): Promise<RedisServer & { close(): void }> => {
  const { host = '127.0.0.1', args = [] } = settings
  const port = settings.port ?? (await freePort(host))
  const folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'))
  let running: ChildProcess | undefined

  const start = async (): Promise<void> => {
    const child = spawn(
      'redis-server',
      ['--port', `${port}`, '--bind', host, '--dir', folder, '--save', '', ...args],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    running = child
    await within(
      20_000,
      'redis-server is ready',
      new Promise<void>((resolve, reject) => {
        child.once('error', reject)
        child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}.`)))
        child.stdout.on('data', (text: Buffer) => {
          if (text.includes('Ready to accept connections')) resolve()
        })
      }),
    )
  }

  const kill = () => running?.kill('SIGKILL')
  process.once('exit', kill)
  await start()
  return {
    host,
    port,
    url: `redis://${host}:${port}`,
    async command(...words) {
      const { stdout } = await run('redis-cli', ['-h', host, '-p', `${port}`, ...words.map(String)])
      return stdout.trim()
    },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    async stop() {
      const child = running
      if (!child) return
      running = undefined
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
    start,
    close() {
      process.off('exit', kill)
      kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
