/**
 * A receiver of OTLP over HTTP, as the specification describes it: what it does not know, it refuses. A test may let it
 * fail. The conformance suite reads the same requests with OpenTelemetry's own messages.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AppOptions } from '#app'
import { type House, listenForTest } from '../app/house.ts'
import { eventually } from '../app/within.ts'

type Value = string | number | boolean | readonly Value[]

interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly traceState: string | undefined
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client'
  readonly attributes: Readonly<Record<string, Value>>
  readonly events: readonly string[]
  readonly failed: boolean
  readonly durationMs: number
  readonly startMs: number
  readonly resource: Readonly<Record<string, Value>>
}

export interface Receiver {
  readonly url: string
  readonly spans: readonly ReceivedSpan[]
  /** Everything that arrived, as text. */
  readonly raw: () => string
  readonly bodies: readonly string[]
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[]
  /** Used in place of a good answer, if it is set. */
  answer: ((response: ServerResponse) => void) | undefined
  /** Ends Sluice, which sends what is left. Resolves with the spans of its calls, each the call and then its attempts. */
  callsOf(
    sluice: Pick<House, 'close'>,
    count?: number,
  ): Promise<readonly (readonly [ReceivedSpan, ...ReceivedSpan[]])[]>
}

export const startReceiver = async (): Promise<Receiver> => {
  const spans: ReceivedSpan[] = []
  const requests: { path: string; headers: IncomingHttpHeaders }[] = []
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      const text = Buffer.concat(chunks).toString()
      bodies.push(text)
      requests.push({ path: request.url ?? '', headers: request.headers })
      if (receiver.answer) return receiver.answer(response)
      try {
        if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json')
          throw new Error('not OTLP with JSON')
        spans.push(...readRequest(JSON.parse(text)))
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      } catch (error) {
        response.writeHead(400).end(String(error))
      }
    })
  })
  const receiver: Receiver = {
    url: await listenForTest(server),
    spans,
    requests,
    raw: () => bodies.join('\n'),
    bodies,
    answer: undefined,
    async callsOf(sluice, count = 1) {
      await sluice.close()
      const found = () => spans.filter(({ kind }) => kind === 'server')
      await eventually(`${count} calls are traced`, () => found().length >= count)
      return found().map((call) => [
        call,
        ...spans
          .filter(({ parentSpanId }) => parentSpanId === call.spanId)
          .toSorted((a, b) => a.startMs - b.startMs),
      ])
    },
  }
  return receiver
}

export const tracesTo = (
  { url }: Pick<Receiver, 'url'>,
  more: Partial<NonNullable<AppOptions['traces']>> = {},
): NonNullable<AppOptions['traces']> => ({
  endpoint: `${url}/v1/traces`,
  headers: {},
  serviceName: 'sluice',
  resource: {},
  sampler: 'parentbased_always_on',
  ratio: 1,
  content: false,
  ...more,
})

type Json = Readonly<Record<string, unknown>>

/** A member of a message: how it is read, and whether it must be there. */
type Readers = Readonly<Record<string, (value: unknown) => unknown>>

/** @throws if there is anything that the message does not have. */
const readMessage = <Read extends Readers>(
  name: string,
  value: unknown,
  readers: Read,
): { readonly [Key in keyof Read]: ReturnType<Read[Key]> | undefined } => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${name} is no message`)
  const read: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value as Json)) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
    if (!reader) throw new Error(`${name} has no field ${key}`)
    read[key] = reader(member)
  }
  return read as { [Key in keyof Read]: ReturnType<Read[Key]> | undefined }
}

const list =
  <Item>(read: (value: unknown) => Item) =>
  (value: unknown): readonly Item[] => {
    if (!Array.isArray(value)) throw new Error('no list')
    return value.map(read)
  }

const matching =
  (pattern: RegExp) =>
  (value: unknown): string => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new Error(`${String(value)}?`)
    return value
  }

const text = matching(/^/)
const decimal = matching(/^-?\d{1,19}$/)
const number = (value: unknown): number => {
  if (typeof value !== 'number') throw new Error('no number')
  return value
}
const flag = (value: unknown): boolean => {
  if (typeof value !== 'boolean') throw new Error('no boolean')
  return value
}

const readValue = (value: unknown): Value => {
  const read = readMessage('AnyValue', value, {
    stringValue: text,
    boolValue: flag,
    intValue: (count) => Number(decimal(count)),
    doubleValue: number,
    arrayValue: (array) =>
      readMessage('ArrayValue', array, { values: list(readValue) }).values ?? [],
  })
  const [only, ...others] = Object.values(read)
  if (only === undefined || others.length > 0) throw new Error('not one value')
  return only
}

const readAttributes = (value: unknown): Record<string, Value> => {
  const pairs = list((each) => readMessage('KeyValue', each, { key: text, value: readValue }))(
    value,
  )
  const keys = pairs.map(({ key }) => key)
  if (new Set(keys).size < keys.length) throw new Error('a key is there twice')
  return Object.fromEntries(
    pairs.map(({ key, value: of }) => {
      if (key === undefined || key === '' || of === undefined) throw new Error('no pair')
      return [key, of]
    }),
  )
}

const KINDS = ['internal', 'server', 'client'] as const

const readSpan = (value: unknown) => {
  const read = readMessage('Span', value, {
    traceId: matching(/^(?!0{32})[\da-f]{32}$/),
    spanId: matching(/^(?!0{16})[\da-f]{16}$/),
    parentSpanId: matching(/^(?!0{16})[\da-f]{16}$/),
    traceState: text,
    flags: number,
    name: matching(/./),
    kind: number,
    startTimeUnixNano: decimal,
    endTimeUnixNano: decimal,
    attributes: readAttributes,
    events: list(
      (event) =>
        readMessage('Event', event, {
          timeUnixNano: decimal,
          name: text,
          attributes: readAttributes,
        }).name ?? '',
    ),
    status: (status) => readMessage('Status', status, { code: number, message: text }).code === 2,
  })
  const { traceId, spanId, name, kind, startTimeUnixNano: start, endTimeUnixNano: end } = read
  const known = KINDS[(kind ?? 0) - 1]
  if (!traceId || !spanId || !name || !known || !start || !end)
    throw new Error('Span lacks a field')
  const startMs = Number(BigInt(start) / 1000n) / 1000
  return {
    traceId,
    spanId,
    parentSpanId: read.parentSpanId,
    traceState: read.traceState,
    name,
    kind: known,
    attributes: read.attributes ?? {},
    events: read.events ?? [],
    failed: read.status ?? false,
    startMs,
    durationMs: Number(BigInt(end) - BigInt(start)) / 1e6,
  }
}

const readRequest = (value: unknown): readonly ReceivedSpan[] => {
  const { resourceSpans = [] } = readMessage('ExportTraceServiceRequest', value, {
    resourceSpans: list((each) =>
      readMessage('ResourceSpans', each, {
        resource: (resource) =>
          readMessage('Resource', resource, { attributes: readAttributes }).attributes ?? {},
        scopeSpans: list((scoped) =>
          readMessage('ScopeSpans', scoped, {
            scope: (scope) => readMessage('Scope', scope, { name: text, version: text }),
            spans: list(readSpan),
          }),
        ),
      }),
    ),
  })
  return resourceSpans.flatMap(({ resource = {}, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => ({ ...span, resource }))),
  )
}
