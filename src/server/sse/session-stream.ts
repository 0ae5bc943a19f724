/** A session as server-sent events: sends what comes in it, as fast as the client reads. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Frame } from '#chat'
import { type GatewayError, GOING_DOWN, type SentEvent } from '#model'
import { writePosition } from '#runs'
import { sseComment } from '#streams'
import { createReaderFeed } from '../follow/feeds/reader-feed.ts'
import { isGoingAway } from '../follow/going-away.ts'
import type { OpenSession } from '../follow/open-session.ts'
import type { SessionDoors } from '../follow/session-doors.ts'
import { type Addressee, openStream } from '../http/send-answer.ts'
import { toSseFrame } from './sse-frame.ts'

export interface StreamVisit extends Addressee {
  readonly doors: SessionDoors
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Headers for the answer, as alternating names and values. */
  readonly headers: readonly string[]
}

export interface StreamForm {
  /** Whether frames have an `event:` line, which `EventSource.onmessage` does not see. */
  readonly isNamed: boolean
  /** The stream is complete behind this event. */
  readonly endsAfter?: (event: SentEvent) => boolean
}

export interface SessionStream {
  /** Ends it with an error. Its client connects again, unless it is refused. */
  cut(error: GatewayError): void
}

/** Clients learn how often they come, and take a connection for dead after three times as long. */
const SESSION_COMMENT_MS = 10_000

/** More than this does not wait for the end of the turn. */
const SOON_BYTES = 16 * 1024

/** How long a client may take to read the last event. */
const UNREAD_END_MS = 2_000

/** The session is left when the stream ends. */
export const streamSession = (
  { doors, request, response, headers, ...addressee }: StreamVisit,
  opened: OpenSession,
  { isNamed, endsAfter }: StreamForm,
): SessionStream => {
  const { joined, connection, from } = opened
  let isOver = false
  let isDraining = false

  const sink = openStream(
    response,
    200,
    ['content-type', 'text/event-stream', ...headers],
    addressee,
    () => feed.resume(),
  )
  /** What is sent in one turn of the event loop goes to the socket in one piece. */
  let gathered = ''
  const flush = (): void => {
    const text = gathered
    gathered = ''
    sink.write(text)
  }
  const send = (text: string): void => {
    if (text === '') return
    if (gathered === '') process.nextTick(flush)
    gathered += text
    if (gathered.length >= SOON_BYTES) flush()
  }
  const write = (frames: readonly Frame[], id: string | undefined): string => {
    let text = ''
    frames.forEach((frame, at) => {
      // A client that loses the connection between them reads all of them again.
      const place = frame.id ?? (at === frames.length - 1 ? id : undefined)
      text += frame.text === '' ? '' : toSseFrame(frame, place, isNamed)
    })
    return text
  }
  const finish = (): void => {
    isOver = true
    clearInterval(beat)
    feed.stop()
  }
  const complete = (): void => {
    finish()
    flush()
    sink.end()
  }
  /** Unfinished: clients take a clean end for success. */
  const breakOff = (frames: readonly Frame[]): void => {
    if (isOver) return
    finish()
    send(write(frames, undefined))
    flush()
    response.socket?.destroySoon()
    // A client that does not read is not waited for.
    const timer = setTimeout(() => response.destroy(), UNREAD_END_MS)
    response.once('close', () => clearTimeout(timer))
  }
  const goAway = (): void => breakOff(connection.leave(writePosition(feed.position), GOING_DOWN))
  const leaveIfDrained = (): void => {
    if (isDraining && joined.activeRun === undefined) goAway()
  }
  const cut = (error: GatewayError): void => breakOff(connection.fail(error))

  const feed = createReaderFeed(opened, {
    take(events) {
      let text = ''
      for (const event of events) {
        const frames = connection.encode(event)
        text += write(frames, positionOf(event))
        if (endsAfter?.(event) || frames.some(({ close }) => close)) {
          send(text)
          complete()
          return false
        }
      }
      if (isDraining) setImmediate(leaveIfDrained)
      send(text)
      return !response.writableNeedDrain
    },
    end(reason) {
      if (reason.code === 'client_stalled') response.destroy()
      else if (isGoingAway(reason)) goAway()
      else cut(reason)
    },
  })
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) send(COMMENT)
  }, SESSION_COMMENT_MS)

  const stream = {
    drain() {
      isDraining = true
      leaveIfDrained()
    },
    cut: goAway,
  }
  doors.streams.add(stream)
  response.once('close', () => {
    doors.streams.delete(stream)
    if (!isOver) finish()
    opened.leave()
  })
  // A client that sends more than its request is not read.
  request.resume()
  send(write(connection.greet(), writePosition(from)))
  void feed.start(from)
  return { cut }
}

const COMMENT = sseComment('')

const positionOf = (event: SentEvent): string => {
  if (event.seq !== undefined) return writePosition(event)
  return event.event.type === 'snapshot' ? event.event.position : event.event.to
}
