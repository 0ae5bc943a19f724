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
  /** Whatever is held back goes out now. */
  flush(): void
}

/** Its types know of strings alone. */
interface ByteDestination {
  write(bytes: Buffer): boolean
  flushSync(): void
}

/** Standard output, a few lines to a system call: one call of it costs more than all else of a log line. */
export const createStandardOutput = (): LogSink => {
  const destination = pino.destination({
    // Of strings, all that waits would be measured, and for that joined, again with every line.
    contentMode: 'buffer',
    dest: 1,
    sync: false,
    minLength: 16 * 1024,
    maxWrite: 64 * 1024,
    periodicFlush: 100,
  }) as unknown as ByteDestination
  return {
    write: (line) => void destination.write(Buffer.from(line)),
    flush: () => destination.flushSync(),
  }
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
