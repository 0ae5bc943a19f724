/** Finds and reads the configuration file. */
import { readFile } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { ConfigError } from '../config-error.ts'

export interface ConfigFile {
  /** The path, relative to the working directory if the file is in it. */
  readonly name: string
  readonly text: string
}

const DEFAULT_NAME = 'sluice.yaml'

/**
 * @param named the explicit path, and where it was given
 * @returns undefined if no path was given and the default file does not exist
 * @throws ConfigError
 */
export const findFile = async (
  cwd: string,
  named: { readonly path: string; readonly source: string } | undefined,
): Promise<ConfigFile | undefined> => {
  const path = resolve(cwd, named?.path ?? DEFAULT_NAME)
  const inside = relative(cwd, path)
  const name = inside.startsWith('..') || isAbsolute(inside) ? path : inside
  try {
    return { name, text: await readFile(path, 'utf8') }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    if (code === 'ENOENT' && !named) return undefined
    throw new ConfigError(
      code === 'ENOENT'
        ? `${named?.source} names ${name}, which does not exist.`
        : `${name} cannot be read (${code}).`,
    )
  }
}
