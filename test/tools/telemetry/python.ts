/** Packages of Python that read what Sluice writes. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Installs a package in a throw-away folder, which later runs find again.
 *
 * @returns runs a program with an input, and returns its output. It throws if the program fails.
 */
export const pythonWith = (
  name: string,
  version: string,
): ((program: string, input: string, args?: readonly string[]) => string) => {
  const folder = join(tmpdir(), `sluice-${name}-${version}`)
  const python = join(folder, 'bin', 'python')
  const install = (): void => {
    if (existsSync(join(folder, 'installed'))) return
    rmSync(folder, { recursive: true, force: true })
    execFileSync('python3', ['-m', 'venv', folder])
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', `${name}==${version}`])
    mkdirSync(join(folder, 'installed'))
  }
  return (program, input, args = []) => {
    install()
    return execFileSync(python, ['-c', program, ...args], { input, encoding: 'utf8' })
  }
}
