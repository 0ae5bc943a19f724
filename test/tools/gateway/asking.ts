/** The gateway of a complete configuration, for calls that are made in this process, and its scripted upstream. */
import { createMemoryAccount, type Caller } from '#access'
import type { AppOptions } from '#app'
import { createContinuity, createKeptAnswers, DEFAULT_RETRY, type ModelCall } from '#gateway'
import {
  createDeparture,
  type ModelEvent,
  type ModelRequest,
  type Part,
  type SettledTarget,
  type Settlement,
} from '#model'
import { createKeptResponses } from '#responses'
import { createPlaces, createTraffic } from '#router'
import { createLiveStore } from '#stores'
import { createLog } from '#telemetry'
import { createTransport, fetchText } from '#transport'
import { createTokenCounter } from '#usage'
import { createGeneration, type Generation, type Lasting } from '../../../src/app/generation.ts'
import { createSecrets } from '../../../src/app/secrets.ts'
import { closeLater, upstreamForTest } from '../app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../app/start-sluice.ts'
import type { Upstream, UpstreamOptions } from '../upstream/start.ts'

export const ANN: Caller = { id: 'ann', name: 'Ann' }

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

/** Everything of a process that no server belongs to. */
export const generationOf = (
  options: AppOptions,
  more: Partial<Lasting> = {},
): { readonly generation: Generation; close(): Promise<void> } => {
  const secrets = createSecrets()
  const sink = options.logSink ?? { write: () => undefined, flush: () => undefined }
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

/** What a call has told its listener. */
export interface Heard {
  readonly begun: SettledTarget[]
  readonly events: ModelEvent[]
  /** The cost and the tokens beside each event. */
  readonly costs: (number | null)[]
  readonly tokens: number[]
  readonly text: string
}

export type Asking = Partial<Omit<ModelCall, 'request'>> & {
  readonly request?: Partial<ModelRequest>
  /** Called at each event. */
  readonly onEvent?: (event: ModelEvent) => void
}

export const turnOf = (...parts: readonly (Part | string)[]): ModelRequest['turns'][number] => ({
  role: 'user',
  parts: parts.map((part) => (typeof part === 'string' ? { kind: 'text', text: part } : part)),
})

export const startAsking = async (
  options: Partial<AppOptions> | ((url: string) => Partial<AppOptions>) = {},
  { upstream: upstreamOptions, ...lasting }: Partial<Lasting> & { upstream?: UpstreamOptions } = {},
) => {
  const upstream: Upstream = await upstreamForTest(upstreamOptions)
  const { url } = upstream
  const settlements: Settlement[] = []
  const given = typeof options === 'function' ? options(url) : options
  const settlers = [
    (settlement: Settlement) => void settlements.push(settlement),
    ...(given.settlers ?? []),
  ]
  const providers = [openaiAt(url), anthropicAt(url), geminiAt(url)]
  const { generation } = closeLater(
    generationOf({ ...DEFAULTS, providers, ...given, settlers }, lasting),
  )
  let calls = 0

  /** Asks, and hears all that is told. */
  const ask = (model: string, { request = {}, onEvent, ...call }: Asking = {}) => {
    let text = ''
    const heard = { begun: [], events: [], costs: [], tokens: [] } as Omit<Heard, 'text'>
    const departure = createDeparture()
    const asked = generation.gateway.ask(
      {
        requestId: `req_${++calls}`,
        route: 'WS /ws/session/{id}',
        caller: ANN,
        signal: departure,
        ...call,
        request: { model, stream: true, turns: [turnOf('hello')], tools: [], ...request },
      },
      {
        begin: (target) => void heard.begun.push(target),
        event(event, { cost, outputTokens }) {
          heard.events.push(event)
          heard.costs.push(cost)
          heard.tokens.push(outputTokens)
          if (event.type === 'part-delta') text += event.text
          onEvent?.(event)
        },
      },
    )
    return {
      departure,
      outcome: asked,
      heard: {
        ...heard,
        get text() {
          return text
        },
      } satisfies Heard,
    }
  }

  return { upstream, settlements, generation, ask }
}
