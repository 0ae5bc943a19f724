/**
 * A realtime conversation: frames are relayed unchanged in both directions, except that our keys are removed from
 * errors. A tap reads the usage.
 */
import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { MemoryHold } from '#access'
import { addCostField, type RealtimeConversation } from '#gateway'
import { clientLeft, GatewayError, GOING_DOWN, toGatewayError } from '#model'
import type { Redact } from '#telemetry'
import { countArrivingFrames } from '../frames/arriving-frame.ts'
import { toFailure } from '../failure.ts'
import { watchLiveness } from '../liveness.ts'
import type { Connection } from '../connection.ts'
import { createRealtimeTap } from './realtime-tap.ts'

/** How much may wait for one side before reading from the other side is paused. */
const HIGH_WATER_BYTES = 64 * 1024

const CLOSE = { goingAway: 1001, broken: 1011, tryAgainLater: 1013, notAdmitted: 4401 } as const

export interface RealtimeOptions {
  readonly conversation: RealtimeConversation
  /** Calls `end` when what admitted the client ends. @returns a function that stops it */
  readonly watch: (end: (error: GatewayError) => void) => () => void
  /** For the bytes in transit, in either direction. */
  readonly held: MemoryHold
  readonly pingMs: number | undefined
}

export const openRealtimeSession = (
  client: WebSocket,
  clientSocket: Socket,
  { conversation, watch, held, pingMs }: RealtimeOptions,
): Connection => {
  const { upstream, record, redact, costOf } = conversation
  const { webSocket: server } = upstream
  const tap = createRealtimeTap()
  let draining = false
  let isShut = false

  const closeIfDrained = (): void => {
    if (draining && tap.responding === 0) client.close(CLOSE.goingAway, GOING_DOWN)
  }

  const shut = (thrown: unknown): void => {
    if (isShut) return
    isShut = true
    settle(toGatewayError(thrown))
    client.close(CLOSE.tryAgainLater, 'There is no memory left for this caller.')
    client.pause()
    server.terminate()
  }

  const expel = (error: GatewayError): void => {
    isShut = true
    settle(error)
    client.send(JSON.stringify({ type: 'error', error: toFailure(error).error }))
    client.close(CLOSE.notAdmitted, error.message)
    server.terminate()
  }
  const stopWatching = watch(expel)

  const pass = (from: WebSocket, to: WebSocket, data: Buffer, binary: boolean): void => {
    if (to.readyState !== to.OPEN) return
    try {
      held.grow(data.length)
    } catch (thrown) {
      return shut(thrown)
    }
    to.send(data, { binary, compress: false }, () => {
      held.shrink(data.length)
      if (!isShut && from.isPaused && to.bufferedAmount <= HIGH_WATER_BYTES) from.resume()
    })
    if (to.bufferedAmount > HIGH_WATER_BYTES) from.pause()
  }

  server.on('message', (data: Buffer, isBinary) => {
    record.firstByte()
    const frame = isBinary ? data : toSoundText(data)
    const isAnswered = !isBinary && tap.see(frame)
    const shown = isBinary || !frame.includes(ERROR) ? frame : redactFrame(frame, redact)
    pass(server, client, isAnswered ? addCost(shown) : shown, isBinary)
    closeIfDrained()
  })
  client.on('message', (data: Buffer, isBinary) => pass(client, server, data, isBinary))

  // A response that was cut off has reported no usage, so the actual sum may be higher.
  const soFar = () => ({
    usage: { ...tap.usage, estimated: tap.responding > 0 || tap.isPartial },
    outputCharacters: 0,
  })
  const settle = (error?: GatewayError): void => record.settle(error?.code ?? 'ok', soFar(), error)

  const addCost = (frame: Buffer): Buffer => {
    const cost = costOf?.(soFar()) ?? null
    if (cost === null) return frame
    return Buffer.from(addCostField(frame.toString('latin1'), cost), 'latin1')
  }

  client.on('error', () => undefined)
  client.once('close', (code, reason) => {
    stopWatching()
    settle(code === NO_CLOSE ? clientLeft() : undefined)
    closeLike(server, code, reason)
  })
  server.once('close', (code, reason) => {
    settle(code === NO_CLOSE ? broken() : undefined)
    if (code === NO_CLOSE) client.close(CLOSE.broken, 'The upstream broke the connection.')
    else closeLike(client, code, redactReason(toSoundReason(reason), redact))
  })
  countArrivingFrames(client, clientSocket, () => held, shut)
  countArrivingFrames(server, upstream.socket, () => held, shut)
  watchLiveness(client, clientSocket, pingMs)
  watchLiveness(server, upstream.socket, pingMs)
  server.resume()

  return {
    drain() {
      draining = true
      closeIfDrained()
    },
    terminate() {
      client.terminate()
      server.terminate()
    },
  }
}

/** Part of every event that reports a failure. */
const ERROR = '"error"'

const redactFrame = (data: Buffer, redact: Redact): Buffer => {
  const text = data.toString()
  const redacted = redact(text)
  return redacted === text ? data : Buffer.from(redacted)
}

/** A control frame holds 125 bytes (RFC 6455, 5.5), and two of them are the code. */
const MAX_REASON_BYTES = 123

const redactReason = (reason: Buffer, redact: Redact): Buffer => {
  const redacted = redactFrame(reason, redact)
  // The replacement of a short key is longer than the key.
  return redacted.length > MAX_REASON_BYTES ? Buffer.alloc(0) : redacted
}

/** Replaces malformed UTF-8, for which a client would close its socket. */
const toSoundText = (data: Buffer): Buffer => (isUtf8(data) ? data : Buffer.from(data.toString()))

const toSoundReason = (reason: Buffer): Buffer => {
  if (isUtf8(reason)) return reason
  const text = toSoundText(reason).subarray(0, MAX_REASON_BYTES).toString()
  // A character that was cut at the end has become a replacement character.
  return Buffer.from(text.replace(/\uFFFD+$/, ''))
}

/** The code of a connection that ended without a close, and of a close without a code. */
const NO_CLOSE = 1006
const NO_CODE = 1005

const closeLike = (webSocket: WebSocket, code: number, reason: Buffer): void => {
  // While reading is paused, its close would never be read.
  if (webSocket.isPaused) webSocket.resume()
  if (code === NO_CLOSE) webSocket.terminate()
  else if (code === NO_CODE) webSocket.close()
  else webSocket.close(code, reason)
}

const broken = () => new GatewayError('upstream_broken', 'The upstream broke the connection.')
