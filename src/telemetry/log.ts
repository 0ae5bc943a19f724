/** JSON logs through one sink that takes secrets out. */
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

export interface LogSink {
  write(line: string): void
  /** Writes what is held back now, as far as that is possible within a short time. */
  flush(): void
  /** As `flush` does, but first waits for a write that is in progress. */
  end?(): Promise<void>
}

export const createLog = (options: {
  level: LogLevel
  secrets: readonly string[]
  sink: LogSink
}): Log => {
  const redact = createLogRedactor(options.secrets)
  return pino(
    {
      level: options.level,
      base: null,
      errorKey: 'error',
      timestamp: () => `,"time":${Date.now()}`,
    },
    { write: (line: string) => options.sink.write(redact(line)) },
  )
}
