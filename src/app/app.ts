/** What a started Sluice can do. */
import type { Explain } from '#gateway'
import type { Pricer } from '#model'
import type { LocalAddress, LocalServer, Provider } from '#providers'
import type { Responses } from '#responses'
import type { HttpServer, Peers, ProcessState } from '#server'
import type { LivePort } from '#stores'
import type { MetricsPart } from '#telemetry'
import type { AppOptions } from './options.ts'

export interface Address {
  readonly host: string
  readonly port: number
  readonly webSocketPort?: number
}

/** What a worker has of the process that started it, and accepts its connections. */
export interface FirstProcess {
  readonly address: Address
  /** What this worker starts with in place of settings that need a restart. */
  readonly running: AppOptions
  /** The line to the live state of all workers. */
  readonly live: LivePort
  /** This worker does what is done once for all of them. */
  readonly isFirst: boolean
  /** The program starts with this worker. */
  readonly isFirstOfAll: boolean
  /** What another worker has found on this machine. */
  readonly localServers?: readonly LocalAddress[] | undefined
  gatherMetrics(): Promise<readonly MetricsPart[]>
  gatherStates(): Promise<readonly ProcessState[]>
  /** Where this worker takes requests that others hand over. */
  readonly peerPath: string
  readonly peers: Peers
}

export interface Listening extends Address {
  /** Servers found on this machine that were not configured. They answer only if a model name includes their name. */
  readonly localServers: readonly LocalServer[]
  /** The day of the published prices, if they are used. */
  readonly pricesOf?: string
}

interface Draining {
  /** For how long an idle connection may still bring a call, which is answered. */
  readonly graceMs?: number
  /** False: other workers go on. */
  readonly isEnd?: boolean
}

export interface Reloaded {
  /** Those in use from now on. */
  readonly options: AppOptions
  /** False: it has a fault, and the earlier one stays. */
  readonly isLoaded: boolean
}

export interface App {
  /** As a worker, it takes connections from then on, and listens nowhere. */
  listen(): Promise<Listening>
  /** Takes a connection that the first process has accepted. */
  readonly accept: HttpServer['accept']
  /**
   * Loads the configuration again. Calls in progress end as they began; those that follow use the new one. A
   * configuration with a fault changes nothing.
   *
   * @param isTold false: another worker reports what happened, for all of them.
   */
  reload(isTold?: boolean): Promise<Reloaded>
  /** Takes no more calls, waits for those in progress, and releases everything. */
  drain(draining?: Draining): Promise<void>
  /** What this process counts. Undefined if nobody may read it. */
  readMetrics(): Promise<MetricsPart | undefined>
  readState(): ProcessState
  /** Whether this process knows a response of a caller. */
  readonly knowsResponse: Responses['knows']
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
