/** Loads the configuration. */
import type { AppOptions } from '#app'
import { type Environment, readEnvironment } from './environment/environment.ts'
import { findFile, toFilePath } from './file/find-file.ts'
import { toPort } from './port.ts'
import { toAppOptions } from './options/to-app-options.ts'

/** The options on the command line. */
export interface Flags {
  readonly config?: string
  readonly host?: string
  readonly port?: string
}

export interface LoadedConfig {
  readonly options: AppOptions
  /** What was ignored, and why. */
  readonly notices: readonly string[]
  /** The name of the file, if there is one. */
  readonly file: string | undefined
  /** Where the file is, or would be. */
  readonly path: string
}

/** @throws ConfigError */
export const loadConfig = async (from: {
  readonly env: Environment
  readonly cwd: string
  readonly flags?: Flags
  /** The file was there before. */
  readonly mustExist?: boolean
}): Promise<LoadedConfig> => {
  const { env, cwd, flags = {}, mustExist } = from
  const environment = readEnvironment(env)
  const search = { cwd, named: toNamedFile(flags, env), mustExist }
  const file = await findFile(search)
  // Usually there is no file. Loading its parser and schema would double the time to start.
  const settings = file
    ? (await import('./file/config-file.ts')).parseConfigFile(file.text, file.name, env)
    : {}
  const { options, notices } = toAppOptions({
    flags: {
      ...(flags.host === undefined ? {} : { host: flags.host }),
      ...(flags.port === undefined ? {} : { port: toPort(flags.port, '--port') }),
    },
    file: settings,
    environment,
  })
  return { options, notices, file: file?.name, path: toFilePath(search) }
}

const toNamedFile = (flags: Flags, env: Environment) => {
  if (flags.config !== undefined) return { path: flags.config, source: '--config' }
  return env.SLUICE_CONFIG ? { path: env.SLUICE_CONFIG, source: 'SLUICE_CONFIG' } : undefined
}
