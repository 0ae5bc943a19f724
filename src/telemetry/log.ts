/** JSON logs, written through one sink that removes secrets. */
import { pino } from 'pino'
import type { Redact } from './redactor.ts'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Log {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
}

/** A log that also accepts lines made without pino. They must have its format, and contain no secrets. */
export interface LineLog extends Log {
  /** Adds a line at the level `info`, which is made when it is written. It keeps its place among the other lines. */
  later(make: MakeLine): void
  setLevel(level: LogLevel): void
}

export type MakeLine = () => string

export interface LogSink {
  write(line: string): void
  /** Adds a line that is made when the sink writes it. If this is absent, lines are made at once. */
  later?(make: MakeLine): void
  /** Writes what is buffered, as far as possible within a short time. */
  flush(): void
  /** Like `flush`, but first waits for a write that is in progress. */
  end?(): Promise<void>
}

export const createLog = (options: { level: LogLevel; redact: Redact; sink: LogSink }): LineLog => {
  const { sink, redact } = options
  const log = pino(
    {
      level: options.level,
      base: null,
      errorKey: 'error',
      timestamp: () => `,"time":${Date.now()}`,
    },
    { write: (line: string) => sink.write(redact(line)) },
  )
  let writesInfo = log.isLevelEnabled('info')
  return Object.assign(log, {
    later(make: MakeLine): void {
      if (!writesInfo) return
      if (sink.later) sink.later(make)
      else sink.write(make())
    },
    setLevel(level: LogLevel): void {
      log.level = level
      writesInfo = log.isLevelEnabled('info')
    },
  })
}
