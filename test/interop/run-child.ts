/** Runs a client as a stranger's machine would: an empty home, a bare environment, bounded time. */
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'

export type ChildRun = {
  command: string
  args: readonly string[]
  folder: string
  env: Record<string, string>
  timeoutMs?: number | undefined
  /** Ends it before its time. */
  signal?: AbortSignal | undefined
}

export type ChildResult = { code: number | null; stdout: string; stderr: string; timedOut: boolean }

const TIMEOUT_MS = 60_000

const groups = new Set<number>()
process.once('exit', () => groups.forEach(endGroup))

export const runChild = ({
  command,
  args,
  folder,
  env,
  timeoutMs = TIMEOUT_MS,
  signal,
}: ChildRun) =>
  new Promise<ChildResult>((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      // A process group of its own, so that what the client started ends with it.
      detached: true,
      env: { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { pid } = child
    if (pid !== undefined) groups.add(pid)
    const result: ChildResult = { code: null, stdout: '', stderr: '', timedOut: false }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text))
    const timer = setTimeout(() => {
      result.timedOut = true
      endGroup(pid)
    }, timeoutMs)
    signal?.addEventListener('abort', () => endGroup(pid), { once: true })
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      endGroup(pid)
      resolve({ ...result, code })
    })
  })

const endGroup = (pid: number | undefined): void => {
  if (pid === undefined) return
  groups.delete(pid)
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone already, which is what was wanted.
  }
}
