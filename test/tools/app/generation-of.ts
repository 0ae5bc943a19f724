/** What a process makes of its options, without a server. */
import { createMemoryAccount } from '#access'
import type { AppOptions } from '#app'
import { createContinuity, createKeptAnswers, DEFAULT_RETRY } from '#gateway'
import { createKeptResponses } from '#responses'
import { createPlaces, createTraffic } from '#router'
import { createLiveStore } from '#stores'
import { createLog } from '#telemetry'
import { createTransport, fetchText } from '#transport'
import { createTokenCounter } from '#usage'
import { createGeneration, type Generation, type Lasting } from '../../../src/app/generation.ts'
import { createSecrets } from '../../../src/app/secrets.ts'

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
  retry: { ...DEFAULT_RETRY, baseMs: 1 },
  openAfterMs: 15_000,
  drainMs: 1_000,
  proxy: {},
}

export const generationOf = (
  given: Partial<AppOptions>,
  more: Partial<Lasting> = {},
): { readonly generation: Generation; close(): Promise<void> } => {
  const options = { ...DEFAULTS, ...given }
  const secrets = createSecrets()
  const sink = { write: () => undefined, flush: () => undefined }
  const log = createLog({ level: 'error', redact: secrets.redactLog, sink })
  const transport = createTransport({ env: options.proxy, keepAliveMs: 5_000 })
  const memory = createMemoryAccount({ maxBytes: options.limits.inFlightBytes, shared: true })
  const live = createLiveStore({ log })
  const counter = createTokenCounter()
  const generation = createGeneration(options, {
    log,
    secrets,
    transport,
    fetchText: (url, bounds) => fetchText(transport, url, bounds),
    localServers: [],
    live,
    shareRests: () => undefined,
    traffic: createTraffic(),
    places: createPlaces({ messages: live }),
    memory,
    counter,
    kept: createKeptResponses(memory),
    keptAnswers: createKeptAnswers(memory, { maxBytes: options.cache?.maxBytes ?? 0 }),
    continuity: createContinuity(),
    settlers: [...(options.settlers ?? [])],
    tracer: undefined,
    metricsFor: () => undefined,
    ...more,
  })
  return {
    generation,
    async close() {
      generation.retire()
      await Promise.all([transport.close(), counter.close(), live.close()])
    },
  }
}
