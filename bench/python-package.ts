/** A published Python gateway, in an environment of its own in a throw-away folder that later runs find again. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Some hundred megabytes, from registries that may be slow. */
const INSTALL_LIMIT_MS = 600_000

const run = (command: string, args: string[]) =>
  execFileSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_LIMIT_MS,
  })

export const pythonPackage = (name: string, version: string, extra: string) => {
  const folder = join(tmpdir(), 'sluice-bench', `${name}-${version}`)
  const installed = join(folder, 'installed')

  return {
    version: () => version,
    missing() {
      try {
        // Debian's Python has no `venv` unless it is asked for.
        execFileSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' })
        return undefined
      } catch {
        return 'there is no python3 with venv here'
      }
    },
    install() {
      if (existsSync(installed)) return
      // What an install that was broken off left behind.
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
      run('python3', ['-m', 'venv', folder])
      const wanted = `${name}[${extra}]==${version}`
      run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', wanted])
      writeFileSync(installed, '')
    },
    file: (path: string) => join(folder, path),
  }
}
