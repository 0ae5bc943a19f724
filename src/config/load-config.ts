/** Loads the configuration. */
import type { AppOptions } from '#app'
import { ConfigError } from './config-error.ts'
import { DEFAULTS } from './defaults.ts'
import { type Environment, readEnvironment } from './environment/environment.ts'
import { toWorkerCount, toWorkerSetting } from './environment/worker-setting.ts'
import { type ConfigFile, type FileSearch, findFile, toFilePath } from './file/find-file.ts'
import type { FileSettings } from './schema/index.ts'
import { toPort } from './port.ts'
import { toAppOptions } from './options/to-app-options.ts'

/** The options on the command line. */
export interface Flags {
  readonly config?: string
  readonly host?: string
  readonly port?: string
  readonly workers?: string
}

export interface LoadedConfig {
  readonly options: AppOptions
  /** How many processes serve. */
  readonly workers: number
  /** What was ignored, and why. */
  readonly notices: readonly string[]
  /** The name of the file, if there is one. */
  readonly file: string | undefined
  /** Where the file is, or would be. */
  readonly path: string
  /** For other processes, which are to have the same. */
  readonly read: ReadFile
}

/** What was read where the file is or would be. It can be sent to another process as JSON. */
export interface ReadFile {
  readonly file?: ConfigFile | undefined
  /** Why it could not be read. */
  readonly fault?: string
}

export interface ConfigSources {
  readonly env: Environment
  readonly cwd: string
  readonly flags?: Flags
  /** The file was there before. */
  readonly mustExist?: boolean
  /** What another process has read, in place of the file. */
  readonly read?: ReadFile
}

/** Never rejects for what an operator can mend. */
export const readConfigFile = async (from: ConfigSources): Promise<ReadFile> => {
  try {
    return { file: await findFile(toSearch(from)) }
  } catch (error) {
    if (error instanceof ConfigError) return { fault: error.message }
    throw error
  }
}

/** @throws ConfigError */
export const loadConfig = async (from: ConfigSources): Promise<LoadedConfig> => {
  const { env, flags = {}, read } = from
  const environment = readEnvironment(env)
  const search = toSearch(from)
  if (read?.fault !== undefined) throw new ConfigError(read.fault)
  const file = read ? read.file : await findFile(search)
  // Usually there is no file. Loading its parser and schema would double the time to start.
  const settings: FileSettings = file
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
  const flag = flags.workers === undefined ? undefined : toWorkerSetting(flags.workers, '--workers')
  const workers = toWorkerCount(
    flag ?? settings.server?.workers ?? environment.workers ?? DEFAULTS.workers,
  )
  return {
    options: { ...options, workers },
    workers,
    notices,
    file: file?.name,
    path: toFilePath(search),
    read: { file },
  }
}

const toSearch = ({ cwd, env, flags = {}, mustExist }: ConfigSources): FileSearch => ({
  cwd,
  named: toNamedFile(flags, env),
  mustExist,
})

const toNamedFile = (flags: Flags, env: Environment) => {
  if (flags.config !== undefined) return { path: flags.config, source: '--config' }
  return env.SLUICE_CONFIG ? { path: env.SLUICE_CONFIG, source: 'SLUICE_CONFIG' } : undefined
}
