/** JSON logs, written through one sink that removes secrets. */
import { pino } from 'pino'
import { createLogRedactor } from './redactor.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Log {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
}

/** Also takes lines that are written without pino: as it would write them, and without secrets. */
export interface LineLog extends Log {
  /** A line at the level `info`, made when it is written, in its place among the others. */
  later(make: MakeLine): void
}

export type MakeLine = () => string

export interface LogSink {
  write(line: string): void
  /** Takes a line that is made in the sink's own turn. Without this, lines are made at once. */
  later?(make: MakeLine): void
  /** Writes what is buffered, as far as possible within a short time. */
  flush(): void
  /** Like `flush`, but first waits for a write that is in progress. */
  end?(): Promise<void>
}

export const createLog = (options: {
  level: LogLevel
  secrets: readonly string[]
  sink: LogSink
}): LineLog => {
  const { sink } = options
  const redact = createLogRedactor(options.secrets)
  const log = pino(
    {
      level: options.level,
      base: null,
      errorKey: 'error',
      timestamp: () => `,"time":${Date.now()}`,
    },
    { write: (line: string) => sink.write(redact(line)) },
  )
  const later = (make: MakeLine): void => (sink.later ? sink.later(make) : sink.write(make()))
  return Object.assign(log, { later: log.isLevelEnabled('info') ? later : ignore })
}

const ignore = (): void => undefined
