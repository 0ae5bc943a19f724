/** Sends spans to their receiver. A receiver that is slow, gone or refuses costs spans, and nothing else. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Log } from '../../log.ts'
import type { Redact } from '../../redactor.ts'
import type { Sdk } from '../load-sdk.ts'
import { type Clean, encodeAttributes, encodeSpans, encodeSpan } from './otlp-json.ts'
import type { TraceOptions } from '../trace-options.ts'

interface Posting {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly withinMs: number
  readonly signal: AbortSignal
}

/** Rejects if no answer arrives. */
export type Post = (posting: Posting) => Promise<Posted>

interface Posted {
  readonly status: number
  readonly retryAfterMs?: number | undefined
}

export interface ExporterOptions extends Pick<Sdk, 'core'> {
  readonly options: Pick<TraceOptions, 'endpoint' | 'headers'>
  readonly resource: Readonly<Record<string, unknown>>
  readonly scope: { readonly name: string; readonly version: string }
  readonly post: Post
  readonly redact: Redact
  readonly log: Log
}

export interface Exporter extends SpanExporter {
  /** Gives up what is being sent. */
  abort(): void
}

/** How long a batch may take, with all its retries. */
const EXPORT_MS = 10_000
const FIRST_RETRY_MS = 500

/** The statuses after which OTLP sends a batch again. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504])

const MAX_ATTRIBUTE_CHARACTERS = 1024

export const createExporter = ({
  core,
  options,
  resource,
  scope,
  post,
  redact,
  log,
}: ExporterOptions): Exporter => {
  const { endpoint } = options
  const clean = createClean(redact)
  const about = {
    resource: redact(JSON.stringify({ attributes: encodeAttributes(resource, clean) })),
    scope: JSON.stringify(scope),
  }
  const headers = { ...options.headers, 'content-type': 'application/json' }
  const health = createHealth(log)
  const stopped = new AbortController()
  const { signal } = stopped

  const send = async (body: string): Promise<string | undefined> => {
    const endsAt = performance.now() + EXPORT_MS
    for (let retryMs = FIRST_RETRY_MS; ; retryMs *= 2) {
      const leftMs = endsAt - performance.now()
      const tried = await tryOnce({ url: endpoint, headers, body, withinMs: leftMs, signal })
      if (tried === undefined) return undefined
      const waitMs = Math.max(retryMs, tried.retryAfterMs ?? 0)
      if (!tried.mayPass || signal.aborted || performance.now() + waitMs >= endsAt)
        return tried.reason
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  const tryOnce = async (posting: Posting) => {
    try {
      const { status, retryAfterMs } = await post(posting)
      if (status >= 200 && status < 300) return undefined
      return { reason: `it answers ${status}`, mayPass: PASSING.has(status), retryAfterMs }
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'it does not answer'
      return { reason, mayPass: true, retryAfterMs: undefined }
    }
  }

  const sendAndTell = async (
    body: string,
    count: number,
    done: Parameters<SpanExporter['export']>[1],
  ): Promise<void> => {
    const fault = await send(body)
    health.noted(fault, count)
    const { SUCCESS, FAILED } = core.ExportResultCode
    done({ code: fault === undefined ? SUCCESS : FAILED })
  }

  return {
    export(spans: ReadableSpan[], done): void {
      const encoded = spans.map((span) => redact(encodeSpan(span, clean)))
      void sendAndTell(encodeSpans(encoded, about), spans.length, done)
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    abort: () => stopped.abort(),
  }
}

const createClean =
  (redact: Redact): Clean =>
  (text) =>
    (text.length > MAX_ATTRIBUTE_CHARACTERS
      ? redact(text).slice(0, MAX_ATTRIBUTE_CHARACTERS)
      : text
    ).toWellFormed()

/** Says once that the receiver fails, and once that it works again. */
const createHealth = (log: Log) => {
  let lost = 0
  return {
    noted(fault: string | undefined, spans: number): void {
      if (fault !== undefined) {
        if (lost === 0) log.warn({ reason: fault }, 'traces cannot be sent')
        lost += spans
      } else if (lost > 0) {
        log.info({ lost }, 'traces are sent again')
        lost = 0
      }
    },
  }
}
