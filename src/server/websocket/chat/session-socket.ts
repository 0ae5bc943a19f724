/** The WebSocket of a session, from its opening to its close: admission, incoming frames and shutdown. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { MemoryAccount, MemoryHold } from '#access'
import type { Dialect, Visitor } from '#chat'
import { GatewayError, GOING_DOWN, toGatewayError } from '#model'
import type { OpenSession } from '../../follow/open-session.ts'
import type { DoorConnection, WatchAdmission } from '../connection.ts'
import type { SocketAdmitted } from '../door.ts'
import { countArrivingFrames, SOCKET_BYTES } from '../frames/arriving-frame.ts'
import { createFrameSocket } from '../frames/frame-socket.ts'
import type { ReadingTurns } from '../frames/reading-turns.ts'
import { watchLiveness } from '../liveness.ts'
import { awaitKey, readKey } from '../upgrade/awaited-key.ts'
import { closeCodeOf, NOT_ADMITTED, RESTARTING } from './close-codes.ts'
import { openTalk, type SessionTalk } from './session-talk.ts'
import { toWire } from './wire-frames.ts'

export interface SessionSocketOptions {
  readonly dialect: Dialect
  /** Undefined: the first frame must contain the key. */
  readonly admitted: SocketAdmitted | undefined
  /** Present if it is admitted. */
  readonly opened: OpenSession | undefined
  /** @throws GatewayError */
  readonly admit: (key: string) => SocketAdmitted | Promise<SocketAdmitted>
  /** Rejects with a GatewayError. */
  readonly open: (admitted: SocketAdmitted) => Promise<OpenSession>
  readonly watch: WatchAdmission
  readonly toVisitor: (admitted: SocketAdmitted) => Visitor
  readonly onFailure: (error: GatewayError, requestId: string) => void
  readonly memory: MemoryAccount
  readonly readingTurns: ReadingTurns
  readonly pingMs?: number | undefined
}

/** For the first frame with the key. */
const SESSION_ADMISSION_MS = 5_000
const SESSION_PING_MS = 20_000
const UNANSWERED_PINGS = 2
export const MAX_SESSION_FRAME_BYTES = 1024 * 1024
/** How long a client may take to answer a close. */
const CLOSE_ANSWER_MS = 2_000

/** A session that does not exist: for what is said to a client that is not admitted. */
const NO_SESSION = {
  id: '',
  isNew: false,
  position: '0.0',
  head: null,
  activeRun: undefined,
  history: [],
}

export const openSessionSocket = (
  webSocket: WebSocket,
  tcpSocket: Socket,
  options: SessionSocketOptions,
): DoorConnection => {
  let held: MemoryHold | undefined
  const socket = createFrameSocket(webSocket, tcpSocket, () => held)
  let admitted = options.admitted
  let talk: SessionTalk | undefined
  let isDraining = false
  let isClosing = false
  let stopWatching: (() => void) | undefined
  /** Frames that arrive while the session is opened. */
  let early: [Buffer, boolean][] | undefined

  const close = (code: number, reason: string): void => {
    if (isClosing) return
    isClosing = true
    socket.close(code, reason)
    const timer = setTimeout(socket.terminate, CLOSE_ANSWER_MS)
    tcpSocket.once('close', () => clearTimeout(timer))
  }
  const turnAway = (thrown: unknown, code = closeCodeOf(toGatewayError(thrown))): void => {
    if (isClosing) return
    const frames = options.dialect.open(NO_SESSION).fail(toGatewayError(thrown))
    for (const frame of frames) if (frame.text !== '') socket.sendWire(toWire(frame))
    close(code, 'The session was not opened.')
  }
  const end = (thrown: unknown): void => {
    const error = toGatewayError(thrown)
    if (talk) talk.end(error)
    else turnAway(error)
  }
  const begin = (known: SocketAdmitted, opened: OpenSession): void => {
    admitted = known
    try {
      held = options.memory.hold(known.caller, SOCKET_BYTES)
    } catch (thrown) {
      opened.leave()
      return turnAway(thrown)
    }
    stopWatching = options.watch(known, {
      end,
      renewed: (again) => void (admitted = again),
    })
    talk = openTalk(opened, {
      socket,
      visitor: () => options.toVisitor(admitted ?? known),
      close,
      onFailure: options.onFailure,
    })
    if (isDraining) talk.drain()
  }

  const isOpen = (): boolean => !isClosing && webSocket.readyState === webSocket.OPEN
  const openLate = async (key: string): Promise<void> => {
    const known = await options.admit(key)
    if (!isOpen()) return
    const opened = await options.open(known)
    if (isOpen()) begin(known, opened)
    else opened.leave()
  }
  const readEarly = (): void => {
    const frames = early ?? []
    early = undefined
    for (const [frame, isBinary] of frames) talk?.receive(frame, isBinary)
    socket.mayRead(true)
  }
  const admitBy = (bytes: Buffer): void => {
    waiting?.end()
    try {
      const key = readKey(bytes)
      early = []
      socket.mayRead(false)
      void openLate(key).catch(turnAway).finally(readEarly)
    } catch (thrown) {
      turnAway(thrown, NOT_ADMITTED)
    }
  }

  const waiting = options.opened ? undefined : awaitKey(tcpSocket, SESSION_ADMISSION_MS, turnAway)
  if (options.admitted && options.opened) begin(options.admitted, options.opened)

  countArrivingFrames(
    webSocket,
    tcpSocket,
    () => held,
    end,
    () => {
      socket.mayRead(false)
      options.readingTurns.wait(() => socket.mayRead(true))
    },
  )
  renameLargeFrames(webSocket, () => end(tooLarge()))

  webSocket.on('message', (bytes: Buffer, isBinary) => {
    // Frames that arrive after we closed are not answered.
    if (!isOpen()) return
    if (talk) talk.receive(bytes, isBinary)
    else if (early) early.push([bytes, isBinary])
    else admitBy(bytes)
  })
  // `ws` closes the socket with the matching code.
  webSocket.on('error', () => undefined)
  webSocket.once('close', () => {
    isClosing = true
    waiting?.end()
    stopWatching?.()
    talk?.leave()
    held?.release()
  })
  watchLiveness(webSocket, tcpSocket, options.pingMs ?? SESSION_PING_MS, UNANSWERED_PINGS)

  return {
    drain() {
      isDraining = true
      if (talk) talk.drain()
      else close(RESTARTING, GOING_DOWN)
    },
    terminate() {
      if (talk) talk.goAway()
      tcpSocket.destroySoon()
    },
    turnAway(error) {
      turnAway(error)
      tcpSocket.destroySoon()
    },
  }
}

const TOO_LARGE_OF_LIBRARY = 1009

/** The library refuses a frame by its length, before it arrives. The code with which it would close is not ours. */
const renameLargeFrames = (webSocket: WebSocket, refuse: () => void): void => {
  const close = webSocket.close.bind(webSocket)
  webSocket.close = (code, reason) => {
    if (code === TOO_LARGE_OF_LIBRARY) refuse()
    else close(code, reason)
  }
}

const tooLarge = (): GatewayError =>
  new GatewayError(
    'request_too_large',
    `The frame is larger than ${MAX_SESSION_FRAME_BYTES} bytes.`,
  )
