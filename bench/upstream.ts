/** The scripted upstream: prebuilt answers over raw sockets, so that it is never what is measured. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { BLOCK_FRAMES, type Canned, canned } from './canned.ts'
import { createHttpReader } from './http-reader.ts'
import type { Protocol } from './traffic.ts'
import { answerCommands, nowMs } from './worker.ts'

/** How every request is answered, until the bench says otherwise. */
export type Mode =
  | { kind: 'answer' }
  | { kind: 'paced'; tokens: number; perSecond: number }
  | { kind: 'burst'; tokens: number; write: 'block' | 'frame' }

type Connection = { socket: Socket; protocol: Protocol | undefined; stream: number }
type PacedStream = { tokens: number; sent: number; startedMs: number; gapMs: number }

const TICK_MS = 1
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n'

const toProtocol = (line: string): Protocol => {
  if (line.includes('/messages')) return 'messages'
  if (line.includes('/responses')) return 'responses'
  return line.includes('enerateContent') ? 'gemini' : 'chat'
}

const paced = new Map<Connection, PacedStream>()
const closedAtMs = new Map<number, number>()
let mode: Mode = { kind: 'answer' }
let streams = 0
let sentTokens = 0
let ticker: NodeJS.Timeout | undefined

/** Sends what is due; the schedule is fixed, so a late tick does not slow the stream down. */
const tick = () => {
  const now = nowMs()
  for (const [connection, stream] of paced) {
    const { frames, closing } = canned[connection.protocol ?? 'chat']
    const due = Math.min(stream.tokens, Math.floor((now - stream.startedMs) / stream.gapMs))
    for (; stream.sent < due; stream.sent++) {
      connection.socket.write(frames[stream.sent % frames.length]!)
      sentTokens++
    }
    if (stream.sent < stream.tokens) continue
    paced.delete(connection)
    connection.socket.write(closing(connection.stream, stream.tokens))
  }
  if (paced.size > 0) return
  clearInterval(ticker)
  ticker = undefined
}

const startPaced = (connection: Connection, tokens: number, gapMs: number) => {
  // Streams that started together must not tick together: real ones do not.
  const startedMs = nowMs() - Math.random() * gapMs
  paced.set(connection, { tokens, sent: 0, startedMs, gapMs })
  ticker ??= setInterval(tick, TICK_MS)
}

const sendBurst = (
  { socket, stream }: Connection,
  from: Canned,
  tokens: number,
  frameByFrame: boolean,
) => {
  let sent = 0
  const send = () => {
    while (sent < tokens) {
      if (socket.destroyed) return
      const bytes = frameByFrame ? from.frames[sent % from.frames.length]! : from.block
      const step = frameByFrame ? 1 : BLOCK_FRAMES
      sent += step
      sentTokens += step
      if (!socket.write(bytes)) return void socket.once('drain', send)
    }
    socket.write(from.closing(stream, tokens))
  }
  send()
}

const answer = (connection: Connection, protocol: Protocol) => {
  const { socket } = connection
  const script = canned[protocol]
  if (mode.kind === 'answer') return void socket.write(script.answer)
  connection.stream = ++streams
  socket.write(script.opening(connection.stream), 'latin1')
  if (mode.kind === 'paced') startPaced(connection, mode.tokens, 1000 / mode.perSecond)
  else sendBurst(connection, script, mode.tokens, mode.write === 'frame')
}

const server = createServer({ noDelay: true }, (socket) => {
  const connection: Connection = { socket, protocol: undefined, stream: 0 }
  const noteClosed = () => {
    if (!closedAtMs.has(connection.stream)) closedAtMs.set(connection.stream, nowMs())
    paced.delete(connection)
  }
  const read = createHttpReader({
    head(head) {
      const line = head.slice(0, head.indexOf('\r\n'))
      connection.protocol = line.startsWith('POST ') ? toProtocol(line) : undefined
    },
    body() {},
    end() {
      if (connection.protocol) answer(connection, connection.protocol)
      else socket.write(NOT_FOUND)
    },
  })
  socket.on('data', read)
  socket.on('end', noteClosed)
  socket.on('close', noteClosed)
  // A gateway that cancels may reset the socket: that is what is measured, not a fault.
  socket.on('error', noteClosed)
})

const commands = {
  listen: () =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', 4096, () => resolve((server.address() as AddressInfo).port))
    }),
  setMode(next: Mode) {
    mode = next
    closedAtMs.clear()
  },
  sentTokens: () => sentTokens,
  /** When each of these streams lost its socket; a stream still open after `waitMs` is left out. */
  async closedAt({ streams: wanted, waitMs }: { streams: number[]; waitMs: number }) {
    const until = nowMs() + waitMs
    while (nowMs() < until && !wanted.every((stream) => closedAtMs.has(stream)))
      await new Promise((resolve) => setTimeout(resolve, 10))
    return wanted.flatMap((stream) => {
      const atMs = closedAtMs.get(stream)
      return atMs === undefined ? [] : [{ stream, atMs }]
    })
  },
}

export type UpstreamCommands = typeof commands

answerCommands(commands)
