/** Traces: a span for each call and for each of its attempts, sent to a receiver of OpenTelemetry. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tracer } from '#model'
import type { Log } from '../log.ts'
import type { Redact } from '../redactor.ts'
import { createCallTrace, type TraceKit } from './spans/call-trace.ts'
import { createContent } from './spans/content.ts'
import { createExporter, type Post } from './sending/exporter.ts'
import { loadSdk } from './load-sdk.ts'
import { createParentReader } from './parent.ts'
import { createSampler } from './sampler.ts'
import type { TraceOptions } from './trace-options.ts'

export interface TracesOptions extends Pick<TraceKit, 'describe'> {
  readonly options: TraceOptions
  readonly version: string
  readonly post: Post
  readonly redact: Redact
  readonly log: Log
}

export interface Traces extends Tracer {
  /** Loads what records spans. Calls before that are not traced. */
  start(): Promise<void>
  /** Sends what is left, within `FLUSH_MS`. */
  close(): Promise<void>
}

/** Spans that wait to be sent. Beyond them, new ones are lost. With content they are larger. */
const MAX_WAITING_SPANS = 2048
const MAX_WAITING_CONTENT_SPANS = 256
const MAX_BATCH_SPANS = 256
const BATCH_EVERY_MS = 1_000
/** How long the end of the process may wait for the last batches. */
const FLUSH_MS = 2_000
/** Never reached: a batch ends before it by itself. */
const ABANDON_MS = 60_000

interface Started {
  readonly tracer: Tracer
  close(): Promise<void>
}

export const createTraces = (given: TracesOptions): Traces => {
  let started: Started | undefined
  return {
    begin: (call) => started?.tracer.begin(call),
    async start() {
      started = await startTraces(given)
    },
    async close() {
      await started?.close()
    },
  }
}

const startTraces = async (given: TracesOptions): Promise<Started> => {
  const { options, version, describe, post, redact, log } = given
  const sdk = await loadSdk()
  const resource = sdk.resources.defaultResource().merge(
    sdk.resources.resourceFromAttributes({
      'service.version': version,
      'service.instance.id': randomUUID(),
      ...options.resource,
      'service.name': options.serviceName,
    }),
  )
  const scope = { name: 'sluice', version }
  const { attributes } = resource
  const exporter = createExporter({
    ...sdk,
    options,
    resource: attributes,
    scope,
    post,
    redact,
    log,
  })
  const provider = new sdk.trace.BasicTracerProvider({
    resource,
    sampler: createSampler(sdk, options),
    spanProcessors: [
      new sdk.trace.BatchSpanProcessor(exporter, {
        maxQueueSize: options.content ? MAX_WAITING_CONTENT_SPANS : MAX_WAITING_SPANS,
        maxExportBatchSize: MAX_BATCH_SPANS,
        scheduledDelayMillis: BATCH_EVERY_MS,
        exportTimeoutMillis: ABANDON_MS,
      }),
    ],
  })
  const propagator = new sdk.core.W3CTraceContextPropagator()
  const readParent = createParentReader({ api: sdk.api, propagator, redact })
  const kit: TraceKit = {
    api: sdk.api,
    tracer: provider.getTracer(scope.name, scope.version),
    propagator,
    describe,
    createContent: options.content ? () => createContent(redact) : undefined,
  }
  return {
    tracer: { begin: (call) => createCallTrace(kit, call, readParent(call.rawHeaders)) },
    async close() {
      const late = new AbortController()
      const bound = sleep(FLUSH_MS, undefined, { signal: late.signal }).catch(() => undefined)
      await Promise.race([provider.shutdown().catch(() => undefined), bound])
      late.abort()
      exporter.abort()
    },
  }
}
