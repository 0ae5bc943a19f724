/** Spans in the JSON of OTLP: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
import type { HrTime } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { FRACTIONS } from '../spans/attributes.ts'
import { CONTENT } from '../spans/content.ts'

/** Cuts a text that is too long, and removes secrets first, so that none is cut in two. */
export type Clean = (text: string) => string

/** @returns the JSON of one span. */
export const encodeSpan = (span: ReadableSpan, clean: Clean): string => {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const parent = span.parentSpanContext
  return JSON.stringify({
    traceId,
    spanId,
    traceState: traceState?.serialize() || undefined,
    parentSpanId: parent?.spanId,
    flags: traceFlags | HAS_REMOTE | (parent?.isRemote ? IS_REMOTE : 0),
    name: clean(span.name),
    // The enumeration of OTLP begins with a value of its own.
    kind: span.kind + 1,
    startTimeUnixNano: toNanoseconds(span.startTime),
    endTimeUnixNano: toNanoseconds(span.endTime),
    attributes: encodeAttributes(span.attributes, clean),
    events: span.events.map(({ name, time, attributes = {} }) => ({
      timeUnixNano: toNanoseconds(time),
      name,
      attributes: encodeAttributes(attributes, clean),
    })),
    status: { code: span.status.code },
  })
}

/** @param spans the JSON of each, from the same process. */
export const encodeSpans = (
  spans: readonly string[],
  { resource, scope }: { readonly resource: string; readonly scope: string },
): string =>
  `{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":${scope},"spans":[${spans.join(',')}]}]}]}`

/** Whether the parent is in another process, and that this is known. */
const HAS_REMOTE = 0x1_00
const IS_REMOTE = 0x2_00

const toNanoseconds = ([seconds, nanoseconds]: HrTime): string =>
  String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds))

export const encodeAttributes = (
  attributes: Readonly<Record<string, unknown>>,
  clean: Clean,
): readonly object[] =>
  Object.entries(attributes).flatMap(([key, value]) => {
    const encoded = encodeValue(value, CONTENT.has(key) ? asItIs : clean, FRACTIONS.has(key))
    return encoded ? [{ key, value: encoded }] : []
  })

const asItIs: Clean = (text) => text

const encodeValue = (value: unknown, clean: Clean, isFraction: boolean): object | undefined => {
  if (typeof value === 'string') return { stringValue: clean(value) }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return undefined
    return Number.isSafeInteger(value) && !isFraction
      ? { intValue: String(value) }
      : { doubleValue: value }
  }
  if (!Array.isArray(value)) return undefined
  return { arrayValue: { values: value.flatMap((each) => encodeValue(each, clean, false) ?? []) } }
}
