/** An open session on a socket: sends its events as fast as the client reads, and gives the client's commands. */
import type { DoorCommand, Frame, SessionReader, Visitor } from '#chat'
import {
  type GatewayError,
  GOING_DOWN,
  invalidRequest,
  type SentEvent,
  type SessionCommand,
  toGatewayError,
} from '#model'
import { type Position, readPosition, writePosition } from '#runs'
import { readAskedPosition } from '../../follow/asked-position.ts'
import { createReaderFeed } from '../../follow/feeds/reader-feed.ts'
import { isGoingAway } from '../../follow/going-away.ts'
import type { OpenSession } from '../../follow/open-session.ts'
import type { FrameSocket } from '../frames/frame-socket.ts'
import { BAD_FRAMES, closeCodeOf, RESTARTING } from './close-codes.ts'
import { toWire } from './wire-frames.ts'

export interface SessionTalk {
  /** Handles one frame of the client. */
  receive(bytes: Buffer, isBinary: boolean): void
  /** Closes when no run is in progress. */
  drain(): void
  /** The server goes down. */
  goAway(): void
  /** Closes it. The client is sent the reason, unless it does not read. */
  end(error: GatewayError): void
  /** The connection has ended. */
  leave(): void
}

export interface TalkOptions {
  readonly socket: FrameSocket
  readonly visitor: () => Visitor
  readonly close: (code: number, reason: string) => void
  readonly onFailure: (error: GatewayError, requestId: string) => void
}

/** So many bad frames in a row are no mistake of the moment. */
const MAX_BAD_FRAMES = 3
/** Of one socket. Nothing is read while so many wait for the earlier ones. */
const MAX_WAITING_COMMANDS = 16

export const openTalk = (opened: OpenSession, options: TalkOptions): SessionTalk => {
  const { joined, connection, from } = opened
  const { socket } = options
  let isOver = false
  let isDraining = false
  let badFrames = 0
  /** Commands are given one after another, in the order of their frames. */
  let last = Promise.resolve()
  let waiting = 0

  const send = (frames: readonly Frame[]): void => {
    let wire = ''
    let closing: Frame['close']
    for (const frame of frames) {
      if (frame.text !== '') wire += toWire(frame)
      if ((closing = frame.close)) break
    }
    socket.sendSoon(wire)
    if (closing) close(closing.code, closing.reason)
  }
  const close = (code: number, reason: string = writePosition(feed.position)): void => {
    if (isOver) return
    finish()
    options.close(code, reason)
  }
  const finish = (): void => {
    isOver = true
    socket.onReady.delete(readOn)
    feed.stop()
  }
  const end = (error: GatewayError): void => {
    if (isOver) return
    // A dialect may close with a code of its own. This one says more.
    if (error.code !== 'client_stalled') send(connection.fail(error).map(({ text }) => ({ text })))
    close(closeCodeOf(error))
  }
  const goAway = (): void => {
    if (isOver) return
    send(connection.leave(writePosition(feed.position), GOING_DOWN))
    close(RESTARTING)
  }
  const leaveIfDrained = (): void => {
    if (isDraining && joined.activeRun === undefined) goAway()
  }

  const reader: SessionReader = {
    take(events: readonly SentEvent[]): boolean {
      const frames: Frame[] = []
      for (const event of events) for (const frame of connection.encode(event)) frames.push(frame)
      send(frames)
      if (isDraining) setImmediate(leaveIfDrained)
      return socket.ready
    },
    end(reason: GatewayError, _position: Position): void {
      if (isGoingAway(reason)) goAway()
      else end(reason)
    },
  }
  const feed = createReaderFeed(opened, reader)

  /** Where the client wants to begin again. */
  let again: Position | undefined
  let isBeginning = false
  const beginAgain = async (): Promise<void> => {
    // A client may ask for it faster than it reads.
    if (!again || isBeginning || isOver || !socket.ready) return
    const position = again
    again = undefined
    isBeginning = true
    await feed.start(position)
    isBeginning = false
    void beginAgain()
  }
  const beginAt = (position: Position): void => {
    again = position
    void beginAgain()
  }
  const repeat = (text: string): void => {
    const position = readPosition(text)
    if (position && position.seq < (again ?? feed.position).seq) beginAt(position)
  }
  const readOn = (): void => {
    feed.resume()
    void beginAgain()
  }

  const refuse = (thrown: unknown, runId?: string, requestId = ''): void => {
    if (isOver) return
    const error = toGatewayError(thrown)
    if (error.code === 'internal') options.onFailure(error, requestId)
    send(connection.fail(error, runId))
  }
  const refuseFrame = (thrown: unknown): void => {
    refuse(thrown)
    if (++badFrames >= MAX_BAD_FRAMES) close(BAD_FRAMES)
  }

  const give = async (command: SessionCommand): Promise<void> => {
    const by = options.visitor()
    try {
      if (isOver) return
      const { status, position } = await joined.command(command, by)
      // What came of it the first time is sent again.
      if (status === 'repeated') repeat(position)
      if (status === 'nothing_to_cancel' && !isOver)
        send(connection.nothingToCancel(runIdOf(command)))
    } catch (thrown) {
      refuse(thrown, runIdOf(command), by.requestId)
    } finally {
      if (waiting-- === MAX_WAITING_COMMANDS) socket.mayRead(true)
    }
  }
  const handle = (command: DoorCommand): void => {
    switch (command.type) {
      case 'auth':
        return
      case 'ping':
        return send(connection.pong())
      case 'resume':
        return beginAt(readAskedPosition(command.position))
      default:
        if (++waiting === MAX_WAITING_COMMANDS) socket.mayRead(false)
        last = last.then(() => give(command))
    }
  }

  socket.onReady.add(readOn)
  send(connection.greet())
  void feed.start(from)

  return {
    receive(bytes, isBinary) {
      if (isOver) return
      let command: DoorCommand
      try {
        if (isBinary) throw invalidRequest('Frames must be text.')
        command = connection.decode(bytes.toString())
      } catch (thrown) {
        // A message that is too large was understood.
        return toGatewayError(thrown).code === 'invalid_request'
          ? refuseFrame(thrown)
          : refuse(thrown)
      }
      badFrames = 0
      try {
        handle(command)
      } catch (thrown) {
        refuse(thrown)
      }
    },
    drain() {
      isDraining = true
      leaveIfDrained()
    },
    goAway,
    end,
    leave() {
      if (!isOver) finish()
      opened.leave()
    },
  }
}

const runIdOf = (command: SessionCommand): string | undefined =>
  'run_id' in command ? command.run_id : undefined
