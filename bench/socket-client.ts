/** A WebSocket client on a raw socket that makes one call and counts the tokens that its frames hold. */
import { type Answer, type Callbacks, countMarks, type Target } from './http-client.ts'
import { type Client, openClient } from './open-client.ts'

const END_OF_HEAD = '\r\n\r\n'
export const TEXT = 0x81
export const PING = 0x89
export const PONG = 0x8a
const MASKED = 0x80
const TWO_BYTES_OF_LENGTH = 126
const LARGEST = 0xffff

/** A client's frame. Masked by zeros, which leaves its text as it is. */
export const toFrame = (kind: number, text: Buffer): Buffer => {
  const { length } = text
  if (length > LARGEST) throw new Error(`a frame of ${length} bytes is too large`)
  const size =
    length < TWO_BYTES_OF_LENGTH
      ? [MASKED | length]
      : [MASKED | TWO_BYTES_OF_LENGTH, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([kind, ...size, 0, 0, 0, 0]), text])
}

/** Returns a function that takes the socket's bytes as they come and tells every whole frame in them. */
export const createFrameReader = (tell: (kind: number, text: Buffer) => void) => {
  let pending: Buffer = Buffer.alloc(0)
  return (bytes: Buffer) => {
    let rest = pending.length > 0 ? Buffer.concat([pending, bytes]) : bytes
    while (rest.length >= 2) {
      const short = rest[1]!
      const start = short < TWO_BYTES_OF_LENGTH ? 2 : 4
      if (short > TWO_BYTES_OF_LENGTH) throw new Error('a frame is too large')
      if (rest.length < start) break
      const end = start + (start === 2 ? short : rest.readUInt16BE(2))
      if (rest.length < end) break
      tell(rest[0]!, rest.subarray(start, end))
      rest = rest.subarray(end)
    }
    pending = rest
  }
}

/** What is sent opens the socket; `frame` follows as soon as it is open. */
export const createSocketClient = (
  { port, mark }: Target,
  frame: string,
  callbacks: Callbacks,
): Client => {
  const answer: Answer = { status: 0, tokens: 0, bytes: 0, tail: '' }
  let head = ''
  let open = false

  const finish = (status: number, text: Buffer) =>
    callbacks.answer({ ...answer, status, tail: text.toString('latin1') })

  const readFrames = createFrameReader((kind, text) => {
    if (kind === PING) return client.send(toFrame(PONG, text))
    if (kind !== TEXT) return
    const count = countMarks(text, mark)
    answer.tokens += count
    answer.bytes += text.length
    callbacks.tokens?.(count, text)
    if (text.indexOf('{"type":"done"') === 0) finish(200, text)
    if (text.indexOf('{"type":"error"') === 0)
      finish(Number(/"status":(\d+)/.exec(text.toString('latin1'))?.[1] ?? 0), text)
  })

  const client = openClient(
    port,
    (bytes) => {
      if (open) return readFrames(bytes)
      head += bytes.toString('latin1')
      const end = head.indexOf(END_OF_HEAD)
      if (end < 0) return
      if (!head.startsWith('HTTP/1.1 101 ')) return client.lose(head.slice(0, head.indexOf('\r\n')))
      open = true
      client.send(toFrame(TEXT, Buffer.from(frame)))
      readFrames(Buffer.from(head.slice(end + END_OF_HEAD.length), 'latin1'))
    },
    (reason) => callbacks.lost(reason),
  )
  return client
}
