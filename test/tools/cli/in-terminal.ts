/** Starts the program in a terminal of its own, which a test can close. Python has what Node lacks for it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { MAIN } from './start.ts'

/** Prints the id of the process, and closes the terminal at the end of its input. */
const PROGRAM = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
print(pid, flush=True)
while True:
    ready = select.select([terminal, sys.stdin], [], [])[0]
    if sys.stdin in ready:
        break
    os.write(2, os.read(terminal, 65536))
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`

export const hasPython = spawnSync('python3', ['--version']).status === 0

export interface InTerminal {
  readonly pid: number
  /** What the terminal shows. */
  readonly shown: () => string
  /** Closes the terminal. Resolves with the exit code of the program. */
  close(): Promise<number>
  kill(): void
}

export const startInTerminal = async (
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<InTerminal> => {
  const python = spawn('python3', ['-c', PROGRAM, process.execPath, MAIN], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
  })
  let shown = ''
  let said = ''
  python.stderr.on('data', (bytes: Buffer) => (shown += bytes.toString()))
  python.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()))
  await once(python.stdout, 'data')
  const pid = Number(said)
  return {
    pid,
    shown: () => shown,
    async close() {
      python.stdin.end('\n')
      await once(python, 'close')
      return Number(said.split('\n')[1])
    },
    kill() {
      python.kill('SIGKILL')
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    },
  }
}
