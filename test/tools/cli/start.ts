/** Starts the program from its source, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcess
  /** What it has written so far. */
  readonly written: { stdout: string; stderr: string }
  /** The lines of its log so far, or those with this message. */
  lines(message?: string): Record<string, unknown>[]
  /** Resolves when its standard error matches. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves with its address, once it listens. */
  listens(): Promise<string>
  ended: Promise<Ended>
}

export const LISTENS = /listens on (http:\/\/127\.0\.0\.1:\d+)/

export const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd: string
  /** A descriptor in place of a pipe that is read. */
  readonly stdout?: number | 'pipe'
  /** The user that it runs as, in place of this one. */
  readonly uid?: number
}

export const startSluice = (args: readonly string[], surroundings: Surroundings): Started =>
  startNode([MAIN, ...args], surroundings)

/** With no variable of this process but the path. Ended after the test. */
export const startNode = (
  args: readonly string[],
  { env, cwd, stdout = 'pipe', uid }: Surroundings,
): Started => {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', stdout, 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const written = { stdout: '', stderr: '' }
  child.stdout?.on('data', (bytes: Buffer) => (written.stdout += bytes.toString()))
  child.stderr?.on('data', (bytes: Buffer) => (written.stderr += bytes.toString()))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...written }))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const says: Started['says'] = (pattern) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(written.stderr)
        if (match) resolve(match)
      }
      look()
      child.stderr?.on('data', look)
      child.on('close', () => reject(new Error(`It ended and said: ${written.stderr}`)))
    })
  return {
    process: child,
    written,
    ended,
    says,
    listens: async () => (await says(LISTENS))[1] ?? '',
    lines(message) {
      const all = written.stdout.split('\n').slice(0, -1)
      const lines = all.map((line) => JSON.parse(line) as Record<string, unknown>)
      return message === undefined ? lines : lines.filter(({ msg }) => msg === message)
    },
  }
}
