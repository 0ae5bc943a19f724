/** One connection of a reader, over a WebSocket or server-sent events. */
import { request } from 'node:http'
import { WebSocket } from 'ws'
import { openWire, type Wire } from './wire.ts'

export interface Connection {
  readonly wire: Wire
  /** Undefined where clients only read. */
  readonly send: ((text: string) => void) | undefined
}

interface Listener {
  onText(text: string): void
  /** @param why present if the server refused it for a reason that will remain. */
  onEnd(why?: string): void
}

/** What a client may be told: it was slow, or the server goes down. */
const EXPECTED_CODES: readonly number[] = [1000, 1001, 1005, 1006, 1012, 4408]

/** @param alsoExpected a code with which this door closes. */
export const openSocket = (
  url: string,
  path: string,
  listener: Listener,
  alsoExpected?: number,
): Connection => {
  const expected = new Set([...EXPECTED_CODES, alsoExpected])
  const wire = openWire(url)
  const socket = new WebSocket(url.replace('http:', 'ws:') + path, {
    createConnection: () => wire.socket,
    perMessageDeflate: false,
  })
  socket.on('message', (data: Buffer) => listener.onText(data.toString()))
  socket.on('error', () => undefined)
  socket.once('close', (code, reason) =>
    listener.onEnd(expected.has(code) ? undefined : `closed with ${code} ${String(reason)}`),
  )
  return {
    wire,
    send(text) {
      if (socket.readyState === socket.OPEN) socket.send(text)
    },
  }
}

export const openEvents = (url: string, path: string, listener: Listener): Connection => {
  const wire = openWire(url)
  let text = ''
  const asked = request(url + path, { createConnection: () => wire.socket })
  asked.on('error', () => undefined)
  asked.once('response', (response) => {
    const { statusCode = 0 } = response
    response.setEncoding('utf8')
    response.on('error', () => undefined)
    response.on('data', (piece: string) => {
      if (statusCode !== 200) return
      const blocks = (text + piece).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data !== undefined) listener.onText(data)
      }
    })
    if (statusCode >= 400 && statusCode < 500)
      asked.once('close', () => listener.onEnd(`refused with ${statusCode}`))
  })
  asked.once('close', () => listener.onEnd())
  asked.end()
  return { wire, send: undefined }
}
