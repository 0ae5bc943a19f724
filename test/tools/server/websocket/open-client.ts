/** A client of a WebSocket door, with every frame that it was sent. */
import type { IncomingHttpHeaders } from 'node:http'
import { WebSocket, type ClientOptions } from 'ws'
import { within } from '../../app/within.ts'

export type FrameJson = Record<string, unknown> & {
  readonly type?: string
  readonly id?: string | null
  readonly error?: Record<string, unknown>
  readonly response?: Record<string, unknown>
  readonly choices?: readonly { readonly delta: Record<string, unknown> }[]
}

export interface Client {
  readonly socket: WebSocket
  readonly frames: FrameJson[]
  send(frame: object | string): void
  /** Resolves with the first frame, come or to come, that `matches`. */
  until(what: string, matches: (frame: FrameJson) => boolean): Promise<FrameJson>
  readonly closed: Promise<number>
  /** Of the answer that opened it. */
  readonly headers: IncomingHttpHeaders
}

interface Opening extends ClientOptions {
  readonly protocols?: readonly string[]
}

const open = (url: string, path: string, { protocols = [], ...options }: Opening): WebSocket =>
  new WebSocket(url.replace('http:', 'ws:') + path, [...protocols], options)

export const openClient = async (
  url: string,
  path: string,
  options: Opening = {},
): Promise<Client> => {
  const socket = open(url, path, options)
  const frames: FrameJson[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as FrameJson)
    for (const look of waiting) look()
  })
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve)
  })
  let headers: IncomingHttpHeaders = {}
  socket.once('upgrade', (response) => ({ headers } = response))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => undefined)

  return {
    socket,
    frames,
    closed,
    headers,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    until: (what, matches) =>
      within(
        30_000,
        what,
        new Promise((resolve) => {
          const look = () => {
            const found = frames.find(matches)
            if (!found) return
            waiting.delete(look)
            resolve(found)
          }
          waiting.add(look)
          look()
        }),
      ),
  }
}

/** The answer of a server that does not open a socket. */
export const refusedClient = (
  url: string,
  path: string,
  options: Opening = {},
): Promise<{ status: number; json: FrameJson; headers: IncomingHttpHeaders }> =>
  new Promise((resolve, reject) => {
    const socket = open(url, path, options)
    socket.once('open', () => reject(new Error('the socket opened')))
    socket.on('error', () => undefined)
    socket.once('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', (bytes: Buffer) => (text += bytes.toString()))
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          json: JSON.parse(text) as FrameJson,
          headers: response.headers,
        }),
      )
    })
  })

/** All that the chunks of a call say. */
export const textOf = (frames: readonly FrameJson[], id: unknown): string =>
  frames
    .filter((frame) => frame.id === id)
    .flatMap(({ choices }) => choices ?? [])
    .map(({ delta }) => (typeof delta.content === 'string' ? delta.content : ''))
    .join('')

export const isDone = (id: string) => (frame: FrameJson) => frame.type === 'done' && frame.id === id

export const isError = (frame: FrameJson): boolean => frame.type === 'error'
