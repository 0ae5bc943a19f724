/** A complete Sluice in the test's own process, between a test and its scripted upstreams. */
import { createApp, type AppOptions } from '#app'
import { DEFAULT_RETRY } from '#gateway'

export interface RunningSluice {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Every log line so far, parsed. */
  readonly log: readonly Record<string, unknown>[]
  /** The same, as written: for searching secrets. */
  readonly rawLog: () => string
  /** Resolves with the next line (or one already there) that `matches`. */
  logged(matches: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
  /** Loads the configuration again, with these changes to what it was last. */
  reload(changes: Partial<AppOptions> | (() => never)): Promise<AppOptions>
  close(): Promise<void>
}

/** The lines that tell of calls. */
export const isCall = (line: Record<string, unknown>): boolean => line.msg === 'call'

const DEFAULTS: AppOptions = {
  host: '127.0.0.1',
  port: 0,
  keys: [],
  corsOrigins: [],
  logLevel: 'info',
  providers: [],
  aliases: [],
  presets: true,
  limits: { bodyBytes: 32 * 1024 * 1024, inFlightBytes: 512 * 1024 * 1024, depth: 512 },
  // Retries are real, their waits are not worth a test's time.
  retry: { ...DEFAULT_RETRY, baseMs: 1 },
  openAfterMs: 15_000,
  drainMs: 1_000,
  proxy: {},
}

/** Providers as the scripted upstream wants them called. */
export const openaiAt = (url: string) =>
  ({
    name: 'openai',
    vendor: 'openai',
    apiKey: 'sk-upstream-openai',
    baseUrl: `${url}/v1`,
  }) as const

export const anthropicAt = (url: string) =>
  ({ name: 'anthropic', vendor: 'anthropic', apiKey: 'sk-ant-upstream', baseUrl: url }) as const

export const geminiAt = (url: string) =>
  ({ name: 'gemini', vendor: 'gemini', apiKey: 'AIza-upstream-gemini', baseUrl: url }) as const

export const startSluice = async (options: Partial<AppOptions> = {}): Promise<RunningSluice> => {
  const lines: Record<string, unknown>[] = []
  const waiting = new Set<() => void>()
  let raw = ''
  let loaded: AppOptions = {
    ...DEFAULTS,
    ...options,
    logSink: {
      write(line) {
        raw += line
        lines.push(JSON.parse(line) as Record<string, unknown>)
        for (const look of waiting) look()
      },
      flush: () => undefined,
    },
  }
  let load = (): AppOptions => loaded
  const app = createApp(loaded, async () => ({ options: load(), notices: [] }))
  const { port } = await app.listen()

  return {
    url: `http://127.0.0.1:${port}`,
    log: lines,
    rawLog: () => raw,
    logged: (matches) =>
      new Promise((resolve) => {
        const look = () => {
          const found = lines.find(matches)
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    async reload(changes) {
      if (typeof changes === 'function') load = changes
      else {
        loaded = { ...loaded, ...changes }
        load = () => loaded
      }
      return (await app.reload()).options
    },
    close: () => app.drain(),
  }
}
