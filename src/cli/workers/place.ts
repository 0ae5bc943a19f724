/** What a worker and the first process say to each other. */
import type { Address, AppOptions, Listening } from '#app'
import type { ReadFile } from '#config'

/** What a worker is told at its start. */
export interface WorkerPlace {
  readonly id: number
  readonly address: Address
  /** What holds for as long as the program runs. */
  readonly program: ProgramSettings
  readonly isFirst: boolean
  readonly isFirstOfAll: boolean
  /** Where it takes requests that other workers hand over. */
  readonly peerPath: string
  /** What the first worker has found. */
  readonly localServers?: WorkerFacts['localServers'] | undefined
}

/** What a worker says when it can be used. */
export interface WorkerFacts {
  readonly localServers: readonly Omit<Listening['localServers'][number], 'provider'>[]
  readonly pricesOf?: string | undefined
  readonly follows: Followed
}

/** The settings of the first process that nothing changes but a restart of the program. */
export type ProgramSettings = Pick<AppOptions, 'host' | 'port' | 'webSocketPort' | 'workers'>

/** The settings in use that the first process follows. */
export type Followed = Pick<AppOptions, 'reloadOnChange' | 'drainMs' | 'logLevel'>

/** What a worker starts with. */
export interface StartFiles {
  /** Those settings that need a restart are from this one. */
  readonly started: ReadFile
  /** All others are from this one. */
  readonly latest: ReadFile
}

/** What a worker says of a reload. */
export interface ReloadAnswer {
  readonly isLoaded: boolean
  readonly follows: Followed
}

const VARIABLE = 'SLUICE_WORKER_PLACE'

export const toVariables = (place: WorkerPlace): Record<string, string> => ({
  [VARIABLE]: JSON.stringify(place),
})

/** Undefined: this process is no worker. */
export const takePlace = (): WorkerPlace | undefined => {
  const place = process.env[VARIABLE]
  if (place === undefined || !process.send) return undefined
  // It is for this process, and for none that it starts.
  delete process.env[VARIABLE]
  return JSON.parse(place) as WorkerPlace
}
