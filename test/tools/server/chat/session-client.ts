/** A client of a session over a WebSocket, and one over server-sent events. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { ClientOptions } from 'ws'
import { within } from '../../app/within.ts'
import { type Client, type FrameJson, openClient } from '../websocket/open-client.ts'

export interface SessionClient extends Client {
  /** How the socket ended. */
  readonly ended: Promise<{ readonly code: number; readonly reason: string }>
  /** Resolves when this many answers have ended. */
  answers(count: number): Promise<void>
}

export const openSession = async (
  url: string,
  path: string,
  options: ClientOptions & { readonly protocols?: readonly string[] } = {},
): Promise<SessionClient> => {
  const client = await openClient(url, path, options)
  const ended = new Promise<{ code: number; reason: string }>((resolve) => {
    client.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  return {
    ...client,
    get ended() {
      return within(30_000, 'the close', ended)
    },
    async answers(count) {
      // It is asked for each frame whenever one comes, and there may be thousands.
      const isLast = (frame: FrameJson): boolean =>
        isEnd(frame) && client.frames.filter(isEnd).length >= count
      await client.until(`${count} ends`, isLast)
    },
  }
}

const isEnd = ({ type }: FrameJson): boolean => type === 'run_end'

export const isType =
  (type: string) =>
  (frame: FrameJson): boolean =>
    frame.type === type

/** The text of all tokens. */
export const tokensOf = (frames: readonly FrameJson[]): string =>
  frames.map((frame) => (frame.type === 'token' ? String(frame.token) : '')).join('')

interface StreamEvent {
  readonly id?: string
  readonly event?: string
  readonly data: FrameJson
}

export interface EventClient {
  readonly response: IncomingMessage
  readonly events: () => readonly StreamEvent[]
  readonly text: () => string
  until(what: string, holds: (events: readonly StreamEvent[]) => boolean): Promise<void>
  /** Whether the stream was complete when it ended. */
  readonly ended: Promise<'complete' | 'broken'>
  close(): void
}

export const openEvents = async (
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventClient> => {
  const { hostname, port } = new URL(url)
  const request = httpRequest({ host: hostname, port, path, headers, agent: false })
  request.end()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
  })
  request.on('error', () => undefined)
  let text = ''
  const waiting = new Set<() => void>()
  response.setEncoding('utf8')
  response.on('data', (piece: string) => {
    text += piece
    for (const look of waiting) look()
  })
  const ended = new Promise<'complete' | 'broken'>((resolve) => {
    response.once('end', () => resolve('complete'))
    response.once('error', () => resolve('broken'))
    response.once('close', () => resolve(response.complete ? 'complete' : 'broken'))
  })
  const events = () => toEvents(text)
  return {
    response,
    events,
    text: () => text,
    get ended() {
      return within(30_000, 'the end', ended)
    },
    close: () => request.destroy(),
    until: (what, holds) =>
      within(
        30_000,
        what,
        new Promise((resolve) => {
          const look = () => {
            if (!holds(events())) return
            waiting.delete(look)
            resolve()
          }
          waiting.add(look)
          look()
        }),
      ),
  }
}

const toEvents = (text: string): StreamEvent[] =>
  text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      const [id, event] = [field('id'), field('event')]
      if (data === undefined) return []
      return [
        {
          ...(id !== undefined && { id }),
          ...(event !== undefined && { event }),
          data: JSON.parse(data) as FrameJson,
        },
      ]
    })
