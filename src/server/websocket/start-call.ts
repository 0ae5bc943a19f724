/** Runs one call of a socket, and turns the gateway's answer into events for the door. */
import type { Answer, Gateway, GatewayCall } from '#gateway'
import { clientLeft, createDeparture, GatewayError, toGatewayError } from '#model'
import {
  type ByteChannel,
  type ByteSink,
  type ByteString,
  createSseReader,
  headerOf,
} from '#streams'
import { type Failure, readFailure, toFailure } from './failure.ts'
import type { FrameSocket } from './frames/frame-socket.ts'

export interface CallListener {
  /** An event of the answer's stream. */
  event(data: string, name: string): void
  /** Receives what the call has cost so far, and at its end. Absent: nobody asked for it. */
  cost?(cost: number): void
  /** The answer has ended. Not called after a cancellation. @param headers alternating names and values. */
  end(headers: readonly string[], failure: Failure | undefined): void
}

export interface CallStart {
  readonly gateway: Gateway
  readonly socket: FrameSocket
  readonly call: Omit<GatewayCall, 'signal'>
  /** Releases the memory of the call's body. */
  readonly release: () => void
}

/** @returns a function that cancels the call and its upstream. */
export const startCall = (
  { gateway, socket, call, release }: CallStart,
  listener: CallListener,
): ((reason: GatewayError) => void) => {
  const departure = createDeparture()
  let channel: ByteChannel | undefined
  let headers: readonly string[] = []
  let over = false
  let hasEnded = false

  const resume = () => channel?.resume()
  const finish = (): void => {
    over = true
    socket.onReady.delete(resume)
    release()
  }
  const end = (failure?: Failure): void => {
    if (over) return
    finish()
    hasEnded = true
    listener.end(headers, failure)
  }
  const cancel = (reason: GatewayError): void => {
    if (over) return
    finish()
    departure.abort(reason)
  }

  const tellCost = (cost: string | number | null | undefined): void => {
    if (cost !== null && cost !== undefined) listener.cost?.(Number(cost))
  }
  const reader = createSseReader(
    (data, name) => {
      if (!over && isObject(data)) listener.event(data, name)
    },
    undefined,
    listener.cost && ((comment) => over || tellCost(COST.exec(comment)?.[1])),
  )
  const sink: ByteSink = {
    write(bytes) {
      if (over) return true
      try {
        socket.together(() => reader.push(bytes))
      } catch (thrown) {
        end(toFailure(toGatewayError(thrown)))
        departure.abort(clientLeft())
      }
      return socket.ready
    },
    end: () => end(),
    abort() {
      if (!over) socket.terminate()
    },
  }

  const deliver = (answer: Answer): void => {
    if (over) return
    headers = answer.headers
    if (answer.status >= 400) return end(readFailure(answer))
    if (typeof answer.body !== 'string') {
      channel = answer.body
      socket.onReady.add(resume)
      return channel.readTo(sink)
    }
    if (!headerOf(headers, 'content-type')?.startsWith('text/event-stream'))
      return end(toFailure(noStream()))
    sink.write(answer.body)
    end()
  }

  gateway
    .generate({
      ...call,
      inFrames: true,
      signal: departure,
      onCost: (cost) => hasEnded || tellCost(cost),
    })
    .then(deliver)
    .catch((thrown: unknown) => {
      end(toFailure(toGatewayError(thrown)))
      departure.abort(clientLeft())
    })
  return cancel
}

/** A relayed stream may break off within an event. As a frame it would be JSON that no client can read. */
const isObject = (data: ByteString): boolean =>
  (data.startsWith('{') && data.endsWith('}')) || OBJECT.test(data)

const OBJECT = /^\s*\{[^]*\}\s*$/

const COST = /^cost ([\d.]+)$/

const noStream = (): GatewayError =>
  new GatewayError('upstream_invalid', 'The upstream did not answer with the stream asked for.')
