/** Replaces the configuration of a running process, or keeps it and says why. */
import { isDeepStrictEqual } from 'node:util'
import { mayListenAt } from '#access'
import type { AuditEvent } from '#model'
import type { ConfigFacts, Log } from '#telemetry'
import type { AppOptions } from './options.ts'
import { keepFixed } from './restart-settings.ts'

/** Reads the configuration. Rejects for one with a fault: with its `lines`, if the operator can mend it. */
export type LoadOptions = () => Promise<{
  readonly options: AppOptions
  /** What was ignored, and why. */
  readonly notices: readonly string[]
}>

interface ReloadOptions {
  readonly load: LoadOptions | undefined
  /** What the process was started with. */
  readonly running: AppOptions
  readonly current: () => AppOptions
  /** Builds the next generation, and replaces the current one. @returns its description for the audit. */
  readonly use: (options: AppOptions) => string
  readonly log: Log
  readonly note: (event: AuditEvent) => void
}

export interface Reload {
  /** Never rejects. */
  reload(): Promise<AppOptions>
  /** Nothing is replaced any more. */
  stop(): void
  readonly facts: ConfigFacts
}

export const createReload = ({ load, running, current, use, log, note }: ReloadOptions): Reload => {
  let loaded: AppOptions | undefined
  let facts: ConfigFacts = { generation: 1, loadedAtMs: Date.now(), refusals: 0 }
  let working: Promise<void> = Promise.resolve()
  let isStopped = false

  const refuse = (thrown: unknown): void => {
    facts = { ...facts, refusals: facts.refusals + 1 }
    const lines = linesOf(thrown)
    const why = lines ? { faults: lines } : { error: thrown }
    log.error(
      why,
      `the configuration is not loaded, and the earlier one stays: ${toReason(thrown)}`,
    )
    note({ action: 'config.refused', subject: toReason(thrown), outcome: 'refused' })
  }

  const replace = async (read: LoadOptions): Promise<void> => {
    const { options: latest, notices } = await read()
    if (isStopped) return
    const { options, waiting } = keepFixed(latest, running)
    expectKeys(options)
    for (const notice of notices) log.warn({}, notice)
    if (waiting.length > 0 && !isDeepStrictEqual(latest, loaded))
      log.warn({ settings: waiting }, `needs a restart: ${waiting.join(', ')}`)
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

  const once = async (): Promise<void> => {
    if (!load || isStopped) return
    try {
      await replace(load)
    } catch (thrown) {
      refuse(thrown)
    }
  }

  return {
    async reload() {
      // One after the other: the last one reads what is there last.
      working = working.then(once)
      await working
      return current()
    },
    stop() {
      isStopped = true
    },
    get facts() {
      return facts
    },
  }
}

/** The address to listen on stays, so it decides. */
const expectKeys = ({ host, keys, jwt }: AppOptions): void => {
  if (!mayListenAt(host, jwt ? [...keys, jwt] : keys))
    throw new Error(
      `this process listens on ${host}, which other machines can reach, so callers need a key`,
    )
}

const linesOf = (thrown: unknown): readonly string[] | undefined => {
  const { lines } = thrown as { readonly lines?: unknown }
  return Array.isArray(lines) ? (lines as readonly string[]) : undefined
}

const toReason = (thrown: unknown): string =>
  linesOf(thrown)?.[0] ?? (thrown instanceof Error ? thrown.message : 'it cannot be used')
