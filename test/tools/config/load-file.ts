/** Loads a configuration from the text of a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppOptions } from '#app'
import { loadConfig } from '#config'

/** @param file undefined: there is none. */
export const loadFile = async (
  file: string | undefined,
  env: Record<string, string> = {},
): Promise<AppOptions> => {
  const cwd = mkdtempSync(join(tmpdir(), 'sluice-'))
  try {
    if (file !== undefined) writeFileSync(join(cwd, 'sluice.yaml'), file)
    return (await loadConfig({ env, cwd })).options
  } finally {
    rmSync(cwd, { recursive: true })
  }
}
