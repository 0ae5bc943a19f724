/** Chat Completions over a WebSocket: each frame is a request body, and many calls run at the same time. */
import { wantsRunningCost } from '#gateway'
import {
  cancelled,
  clientLeft,
  GatewayError,
  GOING_DOWN,
  invalidRequest,
  isJsonObject,
  parseObject,
  toGatewayError,
} from '#model'
import { openaiChat } from '#protocols'
import { type ByteString, fromByteString, headerOf, toByteString } from '#streams'
import { type Door, type DoorContext, MAX_CALLS } from '../door.ts'
import { type Failure, readStreamFailure, toFailure, toRetryAfter } from '../failure.ts'
import {
  type Frame,
  readFlag,
  readFrame,
  readText,
  toBody,
  tooManyCalls,
} from '../frames/frame-body.ts'
import { startCall } from '../start-call.ts'

/** Members of a frame that are not part of the request. */
const ENVELOPE = new Set(['id', 'type'])

export const openCompletionsDoor = (context: DoorContext): Door => {
  const { socket } = context
  const wantsCost = wantsRunningCost(context)
  /** The function that cancels each call in progress, by the id of the call. */
  const calls = new Map<string, (reason: GatewayError) => void>()
  let counter = 0

  const refuse = (id: string | null, failure: Failure): void => {
    const { status, error } = failure
    socket.sendJson({ type: 'error', id, status, error, ...toRetryAfter(failure) })
  }

  const close = (id: string): void => {
    calls.delete(id)
    if (calls.size === 0) context.idle()
  }

  const call = (frame: Frame, given: string | undefined): void => {
    readFlag(frame, 'stream')
    if (context.isDraining()) throw goingDown()
    if (calls.size >= MAX_CALLS) throw tooManyCalls(MAX_CALLS)
    if (given !== undefined && calls.has(given)) throw inUse()
    const body = toBody(frame, ENVELOPE)
    const { release } = context.memory.hold(context.admitted().caller, body.length)
    start(given ?? freshId(), body, release)
  }

  const freshId = (): string => {
    do counter++
    while (calls.has(`call_${counter}`))
    return `call_${counter}`
  }

  const start = (id: string, body: Buffer, release: () => void): void => {
    const { serving, caller, network } = context.admitted()
    const requestId = context.nextRequestId()
    const tag = createTag(id)
    let failed: Failure | undefined
    let told: number | undefined
    const cost = (now: number): void => {
      if (now !== told) socket.sendJson({ type: 'cost', id, cost: now })
      told = now
    }

    const cancel = startCall(
      {
        gateway: serving.gateway,
        socket,
        release,
        call: {
          requestId,
          route: 'WS /v1/chat/completions',
          protocol: openaiChat,
          toPath: () => '/chat/completions',
          caller,
          network,
          body,
          rawHeaders: context.rawHeaders,
          query: context.query,
        },
      },
      {
        event(data) {
          failed ??= toStreamFailure(data)
          const chunk = failed ? undefined : tag.chunk(data)
          if (chunk !== undefined) socket.send(chunk)
        },
        ...(wantsCost && { cost }),
        end(headers, refused) {
          const failure = refused ?? failed
          if (failure) refuse(id, failure)
          else
            socket.sendJson({
              type: 'done',
              id,
              completion_id: tag.completionId() ?? null,
              request_id: requestId,
              target: headerOf(headers, 'x-sluice-target') ?? null,
              attempts: Number(headerOf(headers, 'x-sluice-attempts') ?? 0) || null,
            })
          close(id)
        },
      },
    )
    calls.set(id, cancel)
  }

  const cancel = (id: string | undefined): void => {
    if (id === undefined) throw invalidRequest("'id' is required.", 'id')
    const stop = calls.get(id)
    if (!stop) throw unknownCall()
    const reason = cancelled()
    stop(reason)
    refuse(id, toFailure(reason))
    close(id)
  }

  const FRAMES: Readonly<Record<string, (frame: Frame, id: string | undefined) => void>> = {
    '': call,
    cancel: (_, id) => cancel(id),
    // `auth` from a client that is already admitted is ignored.
    auth: () => undefined,
  }

  return {
    receive(bytes) {
      let id: string | undefined
      try {
        const frame = readFrame(bytes, context.admitted().serving.limits.depth)
        id = readText(frame, 'id')
        const type = readText(frame, 'type') ?? ''
        const handle = Object.hasOwn(FRAMES, type) ? FRAMES[type] : undefined
        if (!handle) throw unknownType(type)
        handle(frame, id)
      } catch (thrown) {
        refuse(id ?? null, toFailure(toGatewayError(thrown)))
      }
    },
    get calls() {
      return calls.size
    },
    leave() {
      for (const stop of calls.values()) stop(clientLeft())
      calls.clear()
    },
  }
}

const OWN_ID = /^\{"id":"([^"\\]*)"/

/** Replaces the id of the completion in every chunk by the id of its call. */
const createTag = (id: string) => {
  const start = toByteString(`{"id":${JSON.stringify(id)}`)
  let completionId: string | undefined
  /** The beginning of the last chunk, up to its id. The next chunk nearly always begins the same. */
  let beginning: ByteString | undefined

  const rewrite = (data: ByteString): ByteString | undefined => {
    const chunk = parseObject(fromByteString(data))
    if (chunk && typeof chunk.id === 'string') completionId ??= chunk.id
    return chunk && toByteString(JSON.stringify({ ...chunk, id }))
  }

  return {
    /** Undefined for the mark of the end, which is no chunk. */
    chunk(data: ByteString): ByteString | undefined {
      if (beginning === undefined || !data.startsWith(beginning)) {
        const own = OWN_ID.exec(data)
        if (!own) return rewrite(data)
        completionId ??= own[1]
        beginning = own[0]
      }
      return start + data.slice(beginning.length)
    },
    completionId: () => completionId,
  }
}

const toStreamFailure = (data: ByteString): Failure | undefined => {
  if (!data.includes('"error"')) return undefined
  const event = parseObject(fromByteString(data))
  return event && isJsonObject(event.error) ? readStreamFailure(openaiChat, '', event) : undefined
}

const goingDown = () => new GatewayError('at_capacity', `${GOING_DOWN} Connect again shortly.`)

const inUse = () =>
  new GatewayError('invalid_request', 'A call of this id is under way; it goes on.', {
    param: 'id',
    vendorCode: 'id_in_use',
  })

const unknownCall = () =>
  new GatewayError('invalid_request', 'No call of this id is under way.', {
    param: 'id',
    vendorCode: 'unknown_call',
  })

const unknownType = (type: string) =>
  new GatewayError(
    'invalid_request',
    `There are no frames of type '${type.slice(0, 40)}' here: leave the type out for a call, or send cancel or auth.`,
    { param: 'type', vendorCode: 'unknown_frame_type' },
  )
