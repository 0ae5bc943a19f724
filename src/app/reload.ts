/** Replaces the configuration of a running process, or keeps it and says why. */
import { isDeepStrictEqual } from 'node:util'
import type { AuditEvent } from '#model'
import type { ConfigFacts, Log } from '#telemetry'
import type { Reloaded } from './app.ts'
import type { AppOptions } from './options.ts'
import { keepFixed } from './restart-settings.ts'

/** Reads the configuration. Rejects for one with a fault: with its `lines`, if the operator can mend it. */
export type LoadOptions = () => Promise<{
  readonly options: AppOptions
  /** What was ignored, and why. */
  readonly notices: readonly string[]
}>

interface ReloadOptions extends Teller {
  readonly load: LoadOptions | undefined
  /** What the process was started with. */
  readonly running: AppOptions
  readonly current: () => AppOptions
  /** Builds the next generation, and replaces the current one. @returns its description for the audit. */
  readonly use: (options: AppOptions) => string
}

/** Who is told of what happened. */
interface Teller {
  readonly log: Pick<Log, 'error' | 'warn' | 'info'>
  readonly note: (event: AuditEvent) => void
}

const ignore = (): void => undefined

const SILENT: Teller = { log: { error: ignore, warn: ignore, info: ignore }, note: ignore }

export interface Reload {
  /** Never rejects. */
  reload(isTold?: boolean): Promise<Reloaded>
  /** Nothing is replaced any more. */
  stop(): void
  readonly facts: ConfigFacts
}

export const createReload = ({ load, running, current, use, ...teller }: ReloadOptions): Reload => {
  let loaded: AppOptions | undefined
  let facts: ConfigFacts = { generation: 1, loadedAtMs: Date.now(), refusals: 0 }
  let working: Promise<unknown> = Promise.resolve()
  let isStopped = false

  const refuse = (thrown: unknown, { log, note }: Teller): void => {
    facts = { ...facts, refusals: facts.refusals + 1 }
    const lines = linesOf(thrown)
    const why = lines ? { faults: lines } : { error: thrown }
    log.error(
      why,
      `the configuration is not loaded, and the earlier one stays: ${toReason(thrown)}`,
    )
    note({ action: 'config.refused', subject: toReason(thrown), outcome: 'refused' })
  }

  const replace = async (read: LoadOptions, { log, note }: Teller): Promise<void> => {
    const { options: latest, notices } = await read()
    if (isStopped) return
    const { options, waiting } = keepFixed(latest, running)
    for (const notice of notices) log.warn({}, notice)
    if (waiting.length > 0 && !isDeepStrictEqual(latest, loaded)) warnOf(waiting, log)
    loaded = latest
    if (isDeepStrictEqual(options, current())) {
      log.info({ generation: facts.generation }, 'the configuration was loaded, and is the same')
      return
    }
    const subject = use(options)
    facts = { ...facts, generation: facts.generation + 1, loadedAtMs: Date.now() }
    log.info(
      { generation: facts.generation },
      'the configuration was loaded, and is used from now on',
    )
    note({ action: 'config.reloaded', subject, outcome: 'ok' })
  }

  const once = async (isTold: boolean): Promise<boolean> => {
    if (!load || isStopped) return true
    try {
      await replace(load, isTold ? teller : SILENT)
      return true
    } catch (thrown) {
      if (isTold) refuse(thrown, teller)
      return false
    }
  }

  return {
    async reload(isTold = true) {
      // One after the other: the last one reads what is there last.
      const done = working.then(() => once(isTold))
      working = done
      const isLoaded = await done
      return { options: current(), isLoaded }
    },
    stop() {
      isStopped = true
    },
    get facts() {
      return facts
    },
  }
}

export const warnOf = (waiting: readonly string[], log: Pick<Log, 'warn'>): void =>
  log.warn({ settings: waiting }, `needs a restart: ${waiting.join(', ')}`)

const linesOf = (thrown: unknown): readonly string[] | undefined => {
  const { lines } = thrown as { readonly lines?: unknown }
  return Array.isArray(lines) ? (lines as readonly string[]) : undefined
}

const toReason = (thrown: unknown): string =>
  linesOf(thrown)?.[0] ?? (thrown instanceof Error ? thrown.message : 'it cannot be used')
