/** What a started Sluice can do. */
import type { Explain } from '#gateway'
import type { Pricer } from '#model'
import type { LocalServer, Provider } from '#providers'
import type { AppOptions } from './options.ts'

export interface Listening {
  readonly host: string
  readonly port: number
  readonly webSocketPort?: number
  /** Servers found on this machine that were not configured. They answer only if a model name includes their name. */
  readonly localServers: readonly LocalServer[]
}

export interface App {
  listen(): Promise<Listening>
  /**
   * Loads the configuration again. Calls in progress end as they began; those that follow use the new one. A
   * configuration with a fault changes nothing.
   *
   * @returns the options in use afterwards.
   */
  reload(): Promise<AppOptions>
  /** Takes no more calls, waits for those in progress, and releases everything. */
  drain(): Promise<void>
  /** For whoever looks into a configuration without serving. */
  inspect(): Inspection
  /** Logs an uncaught error, bypassing all buffers, for a process that is about to exit. */
  reportCrash(error: unknown): void
}

export interface Inspection {
  readonly providers: readonly Provider[]
  /** By the lists of models that were fetched. None is fetched for it. */
  readonly explain: Explain
  readonly price: Pricer
}
