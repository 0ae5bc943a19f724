/** A client of one session: over a socket or a stream of events, which it may lose at any moment. */
import { request } from 'node:http'
import { WebSocket } from 'ws'
import { bearer } from '../calls/call.ts'
import { within } from '../../tools/app/within.ts'

interface Frame {
  readonly type: string
  readonly status?: string
  readonly result?: string
  readonly token?: string
  readonly message_id?: string
  readonly seq?: number
  readonly epoch?: number
  readonly error?: { readonly message: string }
}

export interface SessionClient {
  send(command: object): void
  /** The next frame of one of these types. Rejects if the connection ends before. */
  next(...types: readonly string[]): Promise<Frame>
  /** The same, but it may have come already. */
  first(type: string): Promise<Frame>
  /** The last event of the log that it has. */
  readonly position: string
  /** Vanishes. */
  drop(): void
  /** Says that it leaves. Resolves when the server has closed. */
  close(): Promise<void>
}

/** Whatever has not come by then never will. */
const ENDS_WITHIN_MS = 60_000

const createInbox = () => {
  const waiting = new Set<{
    types: readonly string[]
    resolve(frame: Frame): void
    reject(error: Error): void
  }>()
  const seen = new Map<string, Frame>()
  let position = '0.0'
  let reason: Error | undefined
  const next = (...types: readonly string[]): Promise<Frame> => {
    const found = within(
      ENDS_WITHIN_MS,
      types.join(' or '),
      new Promise<Frame>((resolve, reject) => {
        if (reason) reject(reason)
        else waiting.add({ types, resolve, reject })
      }),
    )
    // Whoever has given up before does not wait for it.
    found.catch(() => undefined)
    return found
  }
  return {
    get position() {
      return position
    },
    take(frame: Frame) {
      if (!seen.has(frame.type)) seen.set(frame.type, frame)
      if (frame.seq !== undefined) position = `${frame.epoch}.${frame.seq}`
      // What was asked for was refused.
      const refusal = frame.type === 'error' && new Error(frame.error?.message)
      for (const each of waiting)
        if (refusal) {
          waiting.delete(each)
          each.reject(refusal)
        } else if (each.types.includes(frame.type)) {
          waiting.delete(each)
          each.resolve(frame)
        }
    },
    end(why: string) {
      reason = new Error(why)
      for (const each of waiting) each.reject(reason)
      waiting.clear()
    },
    first: async (type: string): Promise<Frame> => seen.get(type) ?? next(type),
    next,
  }
}
const query = (position: string | undefined): string =>
  position === undefined ? '' : `?position=${position}`

export const openSocket = async (
  url: string,
  key: string,
  path: string,
  position?: string,
): Promise<SessionClient> => {
  const socket = new WebSocket(url.replace('http:', 'ws:') + path + query(position), {
    headers: bearer(key),
    perMessageDeflate: false,
  })
  const inbox = createInbox()
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('message', (data: Buffer) => inbox.take(JSON.parse(data.toString()) as Frame))
  socket.once('close', (code, reason) => inbox.end(`closed with ${code} ${String(reason)}`))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => undefined)
  return {
    send: (command) => socket.send(JSON.stringify(command)),
    next: inbox.next,
    first: inbox.first,
    get position() {
      return inbox.position
    },
    drop: () => socket.terminate(),
    async close() {
      socket.close()
      await within(ENDS_WITHIN_MS, 'the close', closed)
    },
  }
}

/** @param question present if the stream is the answer to it. */
export const openStream = async (
  url: string,
  key: string,
  path: string,
  question?: object,
): Promise<Omit<SessionClient, 'send'>> => {
  const inbox = createInbox()
  const asked = request(url + path, {
    agent: false,
    method: question ? 'POST' : 'GET',
    headers: { ...bearer(key), ...(question && { 'content-type': 'application/json' }) },
  })
  asked.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => asked.once('close', () => resolve()))
  asked.once('close', () => inbox.end('the stream has ended'))
  let rest = ''
  await within(
    ENDS_WITHIN_MS,
    `an answer of ${path}`,
    new Promise<void>((resolve, reject) => {
      asked.once('close', () => reject(new Error(`${path} was not answered`)))
      asked.once('response', (response) => {
        if (response.statusCode !== 200)
          return reject(new Error(`${path} was answered with ${response.statusCode}`))
        response.on('error', () => undefined)
        response.setEncoding('utf8').on('data', (piece: string) => {
          const blocks = (rest + piece).split('\n\n')
          rest = blocks.pop() ?? ''
          for (const block of blocks) {
            const data = /^data: (.*)$/m.exec(block)?.[1]
            if (data !== undefined) inbox.take(JSON.parse(data) as Frame)
          }
        })
        resolve()
      })
      asked.end(question && JSON.stringify(question))
    }),
  )
  return {
    next: inbox.next,
    first: inbox.first,
    get position() {
      return inbox.position
    },
    drop: () => void asked.destroy(),
    async close() {
      asked.destroy()
      await within(ENDS_WITHIN_MS, 'the close', closed)
    },
  }
}
