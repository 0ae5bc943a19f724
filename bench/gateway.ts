/** Starts one subject on a core of its own and takes the time until it answers its first connection. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Subject } from './subject.ts'
import { nowMs } from './worker.ts'

export const GATEWAY_CORE = '0'
export const LOAD_CORE = '1'

const START_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 3_000

/** A running subject; `pid` is 0 where there is none and the load meets the upstream itself. */
export type Gateway = { pid: number; port: number; startMs: number; stop(): Promise<void> }

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** Whether somebody accepts a connection there and answers on it, with whatever. */
const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.on('connect', () => socket.write('GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'))
    socket.on('data', () => settle(true))
    socket.on('error', () => settle(false))
    socket.on('close', () => settle(false))
  })

export const startGateway = async (
  subject: Subject,
  folder: string,
  upstreamPort: number,
): Promise<Gateway> => {
  if (!subject.launch) return { pid: 0, port: upstreamPort, startMs: 0, stop: async () => {} }
  const port = await freePort()
  mkdirSync(folder, { recursive: true })
  const { command, env } = subject.launch({ folder, port, upstreamPort })
  const log = openSync(join(folder, 'output.log'), 'a')
  const startedMs = nowMs()
  const child = spawn('taskset', ['-c', subject.cores ?? GATEWAY_CORE, ...command], {
    cwd: folder,
    detached: true,
    env: { PATH: process.env['PATH'], HOME: folder, NODE_ENV: 'production', ...env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })

  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name)
    } catch {
      // The whole group is gone already.
    }
  }
  const kill = () => signal('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    signal('SIGTERM')
    await Promise.race([exited, sleep(STOP_LIMIT_MS)])
    kill()
    process.off('exit', kill)
  }

  while (!(await answers(port))) {
    if (child.exitCode === null && nowMs() - startedMs < START_LIMIT_MS) {
      await sleep(1)
      continue
    }
    await stop()
    throw new Error(`${subject.name} did not start: see ${join(folder, 'output.log')}`)
  }
  return { pid: child.pid!, port, startMs: nowMs() - startedMs, stop }
}
