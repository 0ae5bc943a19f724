/** Loads a configuration, as the program does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ConfigError, loadConfig } from '#config'

type Loading = ReturnType<typeof loadConfig>
type Flags = Parameters<typeof loadConfig>[0]['flags']

/** @param text of the file. Undefined: there is none. */
export const loadFile = async (
  text: string | undefined,
  env: Record<string, string> = {},
  flags: Flags = {},
): Loading => {
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-'))
  try {
    if (text !== undefined) writeFileSync(join(cwd, 'sluice.yaml'), text)
    return await loadConfig({ env, cwd, flags })
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

/** Without a file. */
export const load = (env: Record<string, string> = {}, flags: Flags = {}): Loading =>
  loadFile(undefined, env, flags)

/** What the refusal says, one line each. */
export const refusal = async (loading: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return error instanceof ConfigError ? error.lines : []
}
