/** Sends the bytes of one request over a connection of its own, and waits for the end of it. */
import { connect } from 'node:net'

export interface Reply {
  readonly status: number
  /** By their names in small letters. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

export interface Exchange {
  readonly reply: Reply | undefined
  /** Nothing came, or not all, so the request was ended from this side. */
  readonly ended: boolean
  /** What is wrong with how it went. */
  readonly fault: string | undefined
}

const ANSWER_WITHIN_MS = 30_000
/** For a request that may be incomplete, so that more of it is awaited. */
const QUIET_MS = 250

const HEAD_END = '\r\n\r\n'

export const exchange = (url: string, bytes: Buffer, isSound: boolean): Promise<Exchange> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    const isBodyless = bytes.subarray(0, 5).toString('latin1') === 'HEAD '
    let received = Buffer.alloc(0)
    let reply: Reply | undefined
    let ended = false
    let fault: string | undefined

    const stop = (reason: string) => {
      fault ??= reason
      socket.destroy()
    }
    const read = (closed: boolean) => {
      try {
        reply ??= readReply(received, isBodyless, closed)
      } catch (error) {
        stop(String(error))
      }
    }
    const end = () => {
      ended = true
      socket.end()
    }
    const limit = setTimeout(
      () => stop(`no end within ${ANSWER_WITHIN_MS} ms, after ${received.length} bytes`),
      ANSWER_WITHIN_MS,
    )
    const quiet = isSound ? undefined : setTimeout(end, QUIET_MS)

    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (piece) => {
      quiet?.refresh()
      received = Buffer.concat([received, piece])
      read(false)
      if (reply) socket.end()
    })
    socket.on('end', () => socket.end())
    // A reset shows as a close.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(limit)
      clearTimeout(quiet)
      // An answer that was cut off because we left is not a fault.
      if (!fault) read(!ended)
      resolve({ reply, ended, fault })
    })
  })

/** Undefined while more is expected. @throws if it is not HTTP. */
const readReply = (received: Buffer, isBodyless: boolean, closed: boolean): Reply | undefined => {
  const headEnd = received.indexOf(HEAD_END)
  if (headEnd < 0) {
    if (closed && received.length > 0) throw new Error('the answer ends in its head')
    return undefined
  }
  const [first = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1])
  if (Number.isNaN(status)) throw new Error(`the answer begins with ${JSON.stringify(first)}`)
  const rest = received.subarray(headEnd + HEAD_END.length)
  if (status < 200) return readReply(rest, isBodyless, closed)
  const headers = new Map(lines.map(readHeader))
  const body = isBodyless || status === 204 ? Buffer.alloc(0) : readBody(rest, headers)
  if (!body && closed) throw new Error(`the answer with status ${status} ends in its body`)
  return body && { status, headers, body }
}

const readHeader = (line: string): [string, string] => {
  const colon = line.indexOf(':')
  if (colon < 1) throw new Error(`the answer has the header ${JSON.stringify(line)}`)
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

const readBody = (rest: Buffer, headers: ReadonlyMap<string, string>): Buffer | undefined => {
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(rest)
  const length = Number(headers.get('content-length') ?? 0)
  return rest.length < length ? undefined : rest.subarray(0, length)
}

const readChunks = (rest: Buffer): Buffer | undefined => {
  const chunks: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(size)) throw new Error('the answer has a chunk of no size')
    const start = lineEnd + 2
    if (rest.length < start + size + 2) return undefined
    if (size === 0) return Buffer.concat(chunks)
    chunks.push(rest.subarray(start, start + size))
    at = start + size + 2
  }
}
