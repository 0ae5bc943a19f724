/** One WebSocket of a client, from its opening to its close: admission, incoming frames and shutdown. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { MemoryHold } from '#access'
import { type GatewayError, GOING_DOWN, invalidRequest, toGatewayError } from '#model'
import { countArrivingFrames, SOCKET_BYTES } from './frames/arriving-frame.ts'
import type { Door, DoorContext, SocketAdmitted } from './door.ts'
import { toFailure } from './failure.ts'
import { createFrameSocket } from './frames/frame-socket.ts'
import { watchLiveness } from './liveness.ts'
import type { ReadingTurns } from './frames/reading-turns.ts'
import { awaitKey, readKey } from './upgrade/awaited-key.ts'

export interface Connection {
  /** Takes no more calls, and closes when those in progress have ended. */
  drain(): void
  terminate(): void
}

/** A connection that a door serves. Its caller may not be known yet. */
export interface DoorConnection extends Connection {
  /** Closes it at once, to make room for another. The client is sent the reason. */
  turnAway(error: GatewayError): void
}

/** Ends a socket with what admitted it. @returns a function that stops it */
export type WatchAdmission = (
  admitted: SocketAdmitted,
  watched: {
    readonly end: (error: GatewayError) => void
    readonly renewed?: (admitted: SocketAdmitted) => void
  },
) => () => void

export interface ConnectionOptions {
  readonly openDoor: (context: DoorContext) => Door
  /** Undefined: the first frame must contain the key. */
  readonly admitted: SocketAdmitted | undefined
  /** @throws GatewayError */
  readonly admit: (key: string) => SocketAdmitted | Promise<SocketAdmitted>
  readonly watch: WatchAdmission
  readonly readingTurns: ReadingTurns
  readonly context: Omit<DoorContext, 'socket' | 'admitted' | 'isDraining' | 'idle'>
  readonly pingMs?: number
}

const CLOSE = {
  goingAway: 1001,
  unsupportedData: 1003,
  tryAgainLater: 1013,
  notAdmitted: 4401,
} as const

const ADMISSION_MS = 10_000

export const openConnection = (
  webSocket: WebSocket,
  tcpSocket: Socket,
  options: ConnectionOptions,
): DoorConnection => {
  let held: MemoryHold | undefined
  const socket = createFrameSocket(webSocket, tcpSocket, () => held)
  let door: Door | undefined
  let draining = false
  let stopWatching: (() => void) | undefined
  /** Frames that arrive while a token is verified. */
  let early: Buffer[] | undefined

  const isIdle = (): boolean => (door?.calls ?? 0) === 0
  const closeIfDrained = (): void => {
    if (draining && isIdle()) socket.close(CLOSE.goingAway, GOING_DOWN)
  }
  const open = (first: SocketAdmitted): void => {
    let admitted = first
    held = options.context.memory.hold(admitted.caller, SOCKET_BYTES)
    door = options.openDoor({
      ...options.context,
      socket,
      admitted: () => admitted,
      isDraining: () => draining,
      idle: closeIfDrained,
    })
    stopWatching = options.watch(admitted, {
      end: expel,
      renewed: (again) => void (admitted = again),
    })
  }
  const expel = (error: GatewayError): void => {
    door?.leave()
    refuse(error)
    socket.close(CLOSE.notAdmitted, error.message)
  }
  const refuse = (error: GatewayError): void => {
    const { status, error: details } = toFailure(error)
    socket.sendJson({ type: 'error', id: null, status, error: details })
  }

  const turnAway = (thrown: unknown): void => {
    const error = toGatewayError(thrown)
    if (error.code === 'at_capacity') return shut(error)
    refuse(error)
    socket.close(CLOSE.notAdmitted, 'Not admitted.')
  }
  const shut = (error: GatewayError, reason = 'There is no memory left for this caller.'): void => {
    refuse(error)
    socket.shut(CLOSE.tryAgainLater, reason)
  }
  const admission = options.admitted ? undefined : awaitKey(tcpSocket, ADMISSION_MS, turnAway)
  const openFor = (admitted: SocketAdmitted): void => {
    try {
      open(admitted)
    } catch (thrown) {
      turnAway(thrown)
    }
  }
  if (options.admitted) openFor(options.admitted)
  countArrivingFrames(
    webSocket,
    tcpSocket,
    () => held,
    (thrown) => shut(toGatewayError(thrown)),
    () => {
      socket.mayRead(false)
      options.readingTurns.wait(() => socket.mayRead(true))
    },
  )

  const admitBy = (bytes: Buffer): void => {
    admission?.end()
    try {
      const admitted = options.admit(readKey(bytes))
      if (!(admitted instanceof Promise)) return open(admitted)
      early = []
      socket.mayRead(false)
      admitted.then(openLate, (thrown: unknown) => {
        socket.mayRead(true)
        turnAway(thrown)
      })
    } catch (thrown) {
      turnAway(thrown)
    }
  }
  const openLate = (admitted: SocketAdmitted): void => {
    if (webSocket.readyState !== webSocket.OPEN) return
    openFor(admitted)
    for (const bytes of early ?? []) door?.receive(bytes)
    early = undefined
    socket.mayRead(true)
  }

  webSocket.on('message', (bytes: Buffer, isBinary) => {
    // Frames that arrive after we closed are not answered.
    if (webSocket.readyState !== webSocket.OPEN) return
    if (isBinary) {
      refuse(invalidRequest('Frames must be text.'))
      return socket.close(CLOSE.unsupportedData, 'Frames must be text.')
    }
    if (door) door.receive(bytes)
    else if (early) early.push(bytes)
    else admitBy(bytes)
  })
  // `ws` closes the socket with the matching code.
  webSocket.on('error', () => undefined)
  webSocket.once('close', () => {
    admission?.end()
    stopWatching?.()
    door?.leave()
    held?.release()
  })
  watchLiveness(webSocket, tcpSocket, options.pingMs)

  return {
    drain() {
      draining = true
      closeIfDrained()
    },
    terminate: socket.terminate,
    turnAway(error) {
      shut(error, 'Too many sockets wait for their key.')
      tcpSocket.destroySoon()
    },
  }
}
