/** Responses over a WebSocket: every event is a frame, turns build on each other, and queues run side by side. */
import type { MemoryHold } from '#access'
import { wantsRunningCost } from '#gateway'
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
import { type Door, type DoorContext, MAX_CALLS } from '../door.ts'
import { type Failure, readStreamFailure, toFailure, toRetryAfter } from '../failure.ts'
import { type Frame, readFrame, readText, tooManyCalls } from '../frames/frame-body.ts'
import { toPrewarmEvents } from './prewarm.ts'
import { createResponseMemory } from './response-memory.ts'
import { addRun, type ResponseTurn, toTurn } from './response-turn.ts'
import { createResponseWatch, typeOf } from './response-watch.ts'
import { startCall } from '../start-call.ts'
import { STEER, toSteerFailure } from './steer.ts'

/** The turns of one `stream_id`, which run one after another. */
interface Queue {
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

export const openResponsesDoor = (context: DoorContext): Door => {
  const { socket } = context
  const wantsCost = wantsRunningCost(context)
  const memory = createResponseMemory(undefined, context.memory.hold(context.admitted().caller, 0))
  const queues = new Map<string | undefined, Queue>()
  /** In progress or waiting. */
  let calls = 0

  const refuse = (name: string | undefined, failure: Failure, cost?: unknown): void => {
    const { status, error, headers } = failure
    socket.sendJson({
      type: 'error',
      ...(name === undefined ? {} : { stream_id: name }),
      status,
      error: { ...error, ...toHeaders(headers) },
      ...toRetryAfter(failure),
      ...(cost === undefined ? {} : { sluiceCost: cost }),
    })
  }

  const close = (queue: Queue): void => {
    queue.cancel = undefined
    calls--
    next(queue)
    if (calls === 0) context.idle()
  }

  const next = (queue: Queue): void => {
    const waiting = queue.cancel ? undefined : queue.waiting.shift()
    if (waiting) run(queue, waiting)
    else if (!queue.cancel) queues.delete(queue.name)
  }

  const run = (queue: Queue, { frame, release }: Waiting): void => {
    try {
      const turn = toTurn(frame, memory)
      if (turn.body) {
        // Released first: the frame is not needed any more, and the body with the earlier turns may be larger.
        release()
        const held = context.memory.hold(context.admitted().caller, turn.body.length)
        return generate(queue, turn, turn.body, held)
      }
      const { id, events } = toPrewarmEvents(turn.model)
      if (turn.items) memory.remember(id, turn.items)
      for (const event of events) socket.sendJson({ ...event, ...toStreamId(queue) })
    } catch (thrown) {
      refuse(queue.name, toFailure(toGatewayError(thrown)))
    }
    release()
    close(queue)
  }

  const generate = (
    queue: Queue,
    { items, continues }: ResponseTurn,
    body: Buffer,
    held: MemoryHold,
  ): void => {
    const { serving, caller, network } = context.admitted()
    const watch = createResponseWatch(held)
    let cost: number | undefined
    const opening =
      queue.name === undefined ? '{' : toByteString(`{"stream_id":${JSON.stringify(queue.name)},`)
    queue.cancel = startCall(
      {
        gateway: serving.gateway,
        socket,
        release: held.release,
        call: {
          requestId: context.nextRequestId(),
          route: 'WS /v1/responses',
          protocol: openaiResponses,
          toPath: () => '/responses',
          caller,
          network,
          body,
          continues,
          rawHeaders: context.rawHeaders,
          query: context.query,
          costInFields: true,
        },
      },
      {
        event(data, name) {
          if (!data.startsWith('{')) return
          const type = name || typeOf(data)
          if (type === 'error') {
            const { sluiceCost, ...event } = parseObject(fromByteString(data)) ?? {}
            const failure = readStreamFailure(openaiResponses, 'error', event)
            return refuse(queue.name, failure, sluiceCost)
          }
          if (items) watch.see(type, data)
          const { result } = watch
          if (result && items) memory.remember(result.id, addRun(items, result.items))
          socket.send(opening + data.slice(1))
        },
        ...(wantsCost && { cost: (now: number) => void (cost = now) }),
        end(_, failure) {
          if (failure) refuse(queue.name, failure, cost)
          close(queue)
        },
      },
    )
  }

  const create = (frame: Frame, name: string | undefined): void => {
    if (context.isDraining()) throw goingDown()
    if (calls >= MAX_CALLS) throw tooManyCalls(MAX_CALLS)
    const { release } = context.memory.hold(context.admitted().caller, frame.bytes.length)
    calls++
    const queue = queues.get(name) ?? { name, waiting: [], cancel: undefined }
    queues.set(name, queue)
    queue.waiting.push({ frame, release })
    next(queue)
  }

  return {
    receive(bytes) {
      let name: string | undefined
      try {
        const frame = readFrame(bytes, context.admitted().serving.limits.depth)
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
      for (const { cancel, waiting } of queues.values()) {
        for (const { release } of waiting) release()
        cancel?.(clientLeft())
      }
      queues.clear()
      memory.release()
      calls = 0
    },
  }
}

const CREATE = 'response.create'

const toStreamId = ({ name }: Queue): JsonObject => (name === undefined ? {} : { stream_id: name })

const OWN_HEADERS = new Set(['content-type', 'cache-control'])

const toHeaders = (headers: readonly string[]): JsonObject => {
  const shown = toHeaderRecord(filterHeaders(headers, (name) => !OWN_HEADERS.has(name)))
  return Object.keys(shown).length > 0 ? { headers: shown } : {}
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
