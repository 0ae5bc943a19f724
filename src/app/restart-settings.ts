/** The settings that hold for as long as the process runs. */
import { isDeepStrictEqual } from 'node:util'
import { mayListenAt } from '#access'
import type { AppOptions } from './options.ts'

/** As an operator knows them. Absent: it is no setting. */
const NAMES = {
  host: 'server.host',
  port: 'server.port',
  webSocketPort: 'server.websocket_port',
  workers: 'server.workers',
  redisUrl: 'REDIS_URL',
  onStoreFailure: 'limits.on_store_failure',
  rows: 'SLUICE_DATA or DATABASE_URL',
  keepDays: 'ledger.keep_days',
  localPorts: 'probe_local',
  traces: 'traces or OTEL_EXPORTER_OTLP_ENDPOINT',
  proxy: 'HTTPS_PROXY, HTTP_PROXY or NO_PROXY',
  logSink: undefined,
  settlers: undefined,
} as const satisfies Partial<Record<keyof AppOptions, string | undefined>>

type Fixed = keyof typeof NAMES

const FIXED = Object.keys(NAMES) as Fixed[]

export interface Kept {
  /** As they were loaded, with the settings of the process that cannot change. */
  readonly options: AppOptions
  /** The names of settings that need a restart. */
  readonly waiting: readonly string[]
}

export class MissingKeys extends Error {
  override readonly name = 'MissingKeys'
  readonly lines: readonly string[]
  constructor(host: string) {
    super(`this process listens on ${host}, which other machines can reach, so callers need a key`)
    this.lines = [this.message]
  }
}

/**
 * @param running what the process was started with.
 * @throws MissingKeys: the address to listen on stays, so it decides.
 */
export const keepFixed = (loaded: AppOptions, running: AppOptions): Kept => {
  const fixed = Object.fromEntries(
    FIXED.filter((field) => running[field] !== undefined).map((field) => [field, running[field]]),
  ) as Pick<AppOptions, Fixed>
  const free = Object.fromEntries(
    Object.entries(loaded).filter(([field]) => !(field in NAMES)),
  ) as unknown as Omit<AppOptions, Fixed>
  const options = { ...free, ...fixed }
  const { host, keys, jwt } = options
  if (!mayListenAt(host, jwt ? [...keys, jwt] : keys)) throw new MissingKeys(host)
  return {
    options,
    waiting: FIXED.flatMap((field) => {
      const name = NAMES[field]
      return name !== undefined && !isDeepStrictEqual(loaded[field], running[field]) ? [name] : []
    }),
  }
}
