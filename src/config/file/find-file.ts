/** Finds and reads the configuration file. */
import { readFile } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { ConfigError } from '../config-error.ts'

export interface ConfigFile {
  /** The path, relative to the working directory if the file is in it. */
  readonly name: string
  readonly text: string
}

export interface FileSearch {
  readonly cwd: string
  /** The explicit path, and where it was given. */
  readonly named: { readonly path: string; readonly source: string } | undefined
  /** The file was there before. */
  readonly mustExist?: boolean | undefined
}

const DEFAULT_NAME = 'sluice.yaml'

/** Where the file is, or would be. */
export const toFilePath = ({ cwd, named }: FileSearch): string =>
  resolve(cwd, named?.path ?? DEFAULT_NAME)

/**
 * @returns undefined if no path was given and the default file does not exist
 * @throws ConfigError
 */
export const findFile = async (search: FileSearch): Promise<ConfigFile | undefined> => {
  const { cwd, named, mustExist } = search
  const path = toFilePath(search)
  const inside = relative(cwd, path)
  const name = inside.startsWith('..') || isAbsolute(inside) ? path : inside
  try {
    return { name, text: await readFile(path, 'utf8') }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    if (code !== 'ENOENT') throw new ConfigError(`${name} cannot be read (${code}).`)
    if (mustExist) throw new ConfigError(`${name} does not exist any more.`)
    if (named) throw new ConfigError(`${named.source} names ${name}, which does not exist.`)
    return undefined
  }
}
