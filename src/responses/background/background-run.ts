/** A response generated in the background: it outlives its client and can be followed while it runs. */
import { addCostField, type Answer, type GatewayCall } from '#gateway'
import {
  cancelled,
  createDeparture,
  type Departure,
  type DepartureControl,
  type GatewayError,
  isJsonObject,
  type JsonObject,
  toGatewayError,
} from '#model'
import { type Background, brokenStream } from '#protocols'
import { createEventLog } from '#runs'
import {
  type ByteChannel,
  type ByteSink,
  type ByteString,
  createSseReader,
  filterHeaders,
} from '#streams'
import { followRun, type Reader } from './follow-run.ts'
import { type RunEvent, sizeOf, toObject, toRunEvent } from './run-event.ts'

export interface BackgroundRun {
  /** The response so far. */
  readonly response: JsonObject
  /** The headers that are known so far, as alternating names and values. */
  readonly headers: readonly string[]
  /** Called once. Resolves when nothing of the run is in progress. */
  start(): Promise<void>
  follow(after: number, reader: Reader): ByteChannel
  cancel(): void
  fail(error: GatewayError): void
  /** Forgets the run. It can no longer be retrieved, and its readers get an error or are disconnected. */
  drop(reason: GatewayError): void
}

export interface RunOptions {
  /** The response that the client was promised. */
  readonly response: JsonObject
  readonly background: Background
  /**
   * Requests the answer, as a stream of events.
   *
   * @param onCost is called with the cost of the answer when it is settled.
   */
  readonly ask: (
    departure: Departure,
    onCost: NonNullable<GatewayCall['onCost']>,
  ) => Promise<Answer>
  /** Whether its readers learn what it costs. */
  readonly wantsCost?: boolean
  /** Encodes a failure as the last event. @param sequence its number. */
  readonly encodeFailure: (
    error: GatewayError,
    response: JsonObject,
    sequence: number,
  ) => ByteString
  /** Called with the memory that each event takes. */
  readonly grow: (bytes: number) => void
  readonly finish: (response: JsonObject) => void
}

const CREATED = 'response.created'
const BEGUN = 'response.in_progress'
const ITEM_DONE = 'response.output_item.done'
const ENDS = new Set(['response.completed', 'response.incomplete', 'response.failed'])

/** The memory of an event in the log, in addition to its characters. */
const EVENT_OVERHEAD_BYTES = 200

export const createRun = (options: RunOptions): BackgroundRun => {
  const { background, wantsCost = false } = options
  let cost: number | null = null
  // Cleared at the end: its listeners retain the whole request.
  let stop: DepartureControl | undefined = createDeparture()
  // Its numbers are those of the protocol, which counts from 0.
  const log = createEventLog<RunEvent>({ sizeOf, firstSeq: 0 })
  let { response } = options
  /** The events of complete items. They are parsed on request, because parsed items take more memory. */
  let itemsDone: RunEvent[] = []
  let headers: readonly string[] = []
  // Later readers need nothing of the request, which may be large.
  let doing: Pick<RunOptions, 'ask' | 'encodeFailure' | 'grow' | 'finish'> | undefined = options

  const append = (event: RunEvent): void => {
    if (event.name === ITEM_DONE) itemsDone.push(event)
    log.append(event)
    doing?.grow(sizeOf(event) + EVENT_OVERHEAD_BYTES)
  }

  const end = (last: RunEvent): void => {
    if (!doing) return
    // The final event is appended even when memory is exhausted.
    const { grow, finish } = doing
    doing = undefined
    response = responseOf(last) ?? response
    itemsDone = []
    log.append(last)
    log.end()
    grow(sizeOf(last) + EVENT_OVERHEAD_BYTES)
    finish(response)
  }

  /** Ends it before its answer is complete. What it cost is known once it is stopped. */
  const breakOff = (reason: GatewayError, encode: () => ByteString): void => {
    const last = doing && encode()
    stop?.abort(reason)
    if (last === undefined) return
    end(toRunEvent(wantsCost && cost !== null ? addCostField(last, cost) : last))
  }

  const fail = (error: GatewayError): void =>
    breakOff(error, () => doing?.encodeFailure(error, current(), log.lastSeq + 1) ?? '')

  const keep = (data: ByteString, name: string): void => {
    // Already sent at the start, before any event of the upstream.
    if (!doing || name === CREATED) return
    const event = { name, data }
    if (ENDS.has(name)) return end(event)
    if (name === BEGUN) response = { ...response, status: 'in_progress' }
    append(event)
  }
  // The memory account limits how much may arrive.
  const reader = createSseReader(keep, Infinity)

  /** Readers do not slow the run: every event is stored. */
  const read = (settle: () => void): ByteSink => ({
    write(bytes) {
      try {
        reader.push(bytes)
      } catch (thrown) {
        fail(toGatewayError(thrown))
      }
      return true
    },
    end() {
      if (doing) fail(brokenStream())
      settle()
    },
    abort() {
      if (doing) fail(brokenStream())
      settle()
    },
  })

  const current = (): JsonObject => {
    if (!doing) return response
    const items = itemsDone.map((event) => toObject(event)?.item)
    return { ...response, output: items.filter((item) => item !== undefined) }
  }

  const run = async (ask: RunOptions['ask'], departure: Departure): Promise<void> => {
    try {
      const { body, headers: told } = await ask(departure, (settled) => void (cost = settled))
      headers = ownOf(told)
      await new Promise<void>((resolve) => {
        const sink = read(resolve)
        departure.on(resolve)
        if (departure.aborted) resolve()
        if (typeof body !== 'string') return body.readTo(sink)
        sink.write(body)
        sink.end()
      })
    } catch (thrown) {
      fail(toGatewayError(thrown))
    } finally {
      stop = undefined
    }
  }

  append(toRunEvent(background.encodeEvent('created', 0, response)))

  return {
    get response() {
      return current()
    },
    get headers() {
      return headers
    },
    async start() {
      if (doing && stop) await run(doing.ask, stop)
    },
    follow: (after, follower) => followRun(log, after, follower),
    cancel() {
      if (!doing) return
      const ended = { ...current(), status: 'cancelled' }
      // The protocol has no `cancelled` event. `failed` is the only terminal event allowed while items are open.
      breakOff(cancelled(), () => background.encodeEvent('failed', log.lastSeq + 1, ended))
    },
    fail,
    drop(reason) {
      fail(reason)
      log.drop()
    },
  }
}

/** Our own headers of an answer, without those that describe its body. */
const ownOf = (headers: readonly string[]): string[] =>
  filterHeaders(headers, (name) => name.startsWith('x-sluice-'))

const responseOf = (event: RunEvent): JsonObject | undefined => {
  const response = toObject(event)?.response
  return isJsonObject(response) ? response : undefined
}
