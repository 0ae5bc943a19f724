/** Runs a program in a process of its own, with nothing in its environment but what is given. */
import { spawn } from 'node:child_process'

/** What it printed, once it has ended by itself. */
export const runProgram = async (
  program: string,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, ...words], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.on('data', (bytes) => (said += String(bytes)))
  await new Promise((resolve) => {
    child.on('close', resolve)
  })
  return said.trim()
}
