/** Responses over a WebSocket: every event is a frame, turns build on each other, and queues run side by side. */
import type { MemoryHold } from '#access'
import {
  clientLeft,
  GatewayError,
  GOING_DOWN,
  type JsonObject,
  parseObject,
  toGatewayError,
} from '#model'
import { openaiResponses } from '#protocols'
import { filterHeaders, fromByteString, toByteString, toHeaderRecord } from '#streams'
import { type Door, type DoorVisit, MAX_CALLS } from '../door.ts'
import { type Failure, readStreamFailure, toFailure } from '../failure.ts'
import { type Frame, readFrame, readText, tooManyCalls } from '../frames/frame-body.ts'
import { toPrewarmEvents } from './prewarm.ts'
import { createResponseMemory } from './response-memory.ts'
import { addRun, type ResponseTurn, toTurn } from './response-turn.ts'
import { createResponseWatch, typeOf } from './response-watch.ts'
import { startCall } from '../start-call.ts'
import { STEER, toSteerFailure } from './steer.ts'

/** The turns of one `stream_id`, which run one after another. */
interface Lane {
  /** Undefined for frames without a `stream_id`. */
  readonly name: string | undefined
  readonly waiting: Waiting[]
  /** Cancels the turn in progress. */
  cancel: ((reason: GatewayError) => void) | undefined
}

interface Waiting {
  readonly frame: Frame
  /** Releases the memory of the frame. */
  readonly release: () => void
}

export const openResponsesDoor = (visit: DoorVisit): Door => {
  const { socket } = visit
  const memory = createResponseMemory(undefined, visit.memory.hold(visit.caller, 0))
  const lanes = new Map<string | undefined, Lane>()
  /** In progress or waiting. */
  let calls = 0

  const refuse = (name: string | undefined, { status, error, headers }: Failure): void =>
    socket.sendJson({
      type: 'error',
      ...(name === undefined ? {} : { stream_id: name }),
      status,
      error: { ...error, ...toHeaders(headers) },
    })

  const close = (lane: Lane): void => {
    lane.cancel = undefined
    calls--
    next(lane)
    if (calls === 0) visit.idle()
  }

  const next = (lane: Lane): void => {
    const waiting = lane.cancel ? undefined : lane.waiting.shift()
    if (waiting) run(lane, waiting)
    else if (!lane.cancel) lanes.delete(lane.name)
  }

  const run = (lane: Lane, { frame, release }: Waiting): void => {
    try {
      const turn = toTurn(frame, memory)
      if (turn.body) {
        // Released first: the frame is not needed any more, and the body with the earlier turns may be larger.
        release()
        const held = visit.memory.hold(visit.caller, turn.body.length)
        return generate(lane, turn, turn.body, held)
      }
      const { id, events } = toPrewarmEvents(turn.model)
      if (turn.items) memory.remember(id, turn.items)
      for (const event of events) socket.sendJson({ ...event, ...toLaneMember(lane) })
    } catch (thrown) {
      refuse(lane.name, toFailure(toGatewayError(thrown)))
    }
    release()
    close(lane)
  }

  const generate = (lane: Lane, { items }: ResponseTurn, body: Buffer, held: MemoryHold): void => {
    const watch = createResponseWatch(held)
    const opening =
      lane.name === undefined ? '{' : toByteString(`{"stream_id":${JSON.stringify(lane.name)},`)
    lane.cancel = startCall(
      {
        gateway: visit.gateway,
        socket,
        release: held.release,
        call: {
          requestId: visit.nextRequestId(),
          route: 'WS /v1/responses',
          protocol: openaiResponses,
          toPath: () => '/responses',
          caller: visit.caller,
          body,
          rawHeaders: visit.rawHeaders,
          query: visit.query,
        },
      },
      {
        event(data, name) {
          if (!data.startsWith('{')) return
          const type = name || typeOf(data)
          if (type === 'error')
            return refuse(
              lane.name,
              readStreamFailure(openaiResponses, 'error', parseObject(fromByteString(data)) ?? {}),
            )
          if (items) watch.see(type, data)
          const { result } = watch
          if (result && items) memory.remember(result.id, addRun(items, result.items))
          socket.send(opening + data.slice(1))
        },
        end(_, failure) {
          if (failure) refuse(lane.name, failure)
          close(lane)
        },
      },
    )
  }

  const create = (frame: Frame, name: string | undefined): void => {
    if (visit.isDraining()) throw goingDown()
    if (calls >= MAX_CALLS) throw tooManyCalls(MAX_CALLS)
    const { release } = visit.memory.hold(visit.caller, frame.bytes.length)
    calls++
    const lane = lanes.get(name) ?? { name, waiting: [], cancel: undefined }
    lanes.set(name, lane)
    lane.waiting.push({ frame, release })
    next(lane)
  }

  return {
    receive(bytes) {
      let name: string | undefined
      try {
        const frame = readFrame(bytes, visit.maxDepth)
        name = readText(frame, 'stream_id')
        const type = readText(frame, 'type') ?? CREATE
        if (type === STEER) return socket.sendJson(toSteerFailure(frame))
        if (type !== CREATE) throw unknownType(type)
        create(frame, name)
      } catch (thrown) {
        refuse(name, toFailure(toGatewayError(thrown)))
      }
    },
    get calls() {
      return calls
    },
    leave() {
      for (const { cancel, waiting } of lanes.values()) {
        for (const { release } of waiting) release()
        cancel?.(clientLeft())
      }
      lanes.clear()
      memory.release()
      calls = 0
    },
  }
}

const CREATE = 'response.create'

const toLaneMember = ({ name }: Lane): JsonObject => (name === undefined ? {} : { stream_id: name })

const NOT_TOLD = new Set(['content-type', 'cache-control'])

const toHeaders = (headers: readonly string[]): JsonObject => {
  const told = toHeaderRecord(filterHeaders(headers, (name) => !NOT_TOLD.has(name)))
  return Object.keys(told).length > 0 ? { headers: told } : {}
}

/** This code makes Codex connect again, and send everything again. */
const goingDown = () =>
  new GatewayError('invalid_request', `${GOING_DOWN} Connect again.`, {
    vendorCode: 'websocket_connection_limit_reached',
  })

const unknownType = (type: string) =>
  new GatewayError(
    'invalid_request',
    `There are no frames of type '${type.slice(0, 40)}' here: send ${CREATE}.`,
    { param: 'type', vendorCode: 'unknown_frame_type' },
  )
