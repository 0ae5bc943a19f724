/** Answers that a scripted server may give, in a few words. */
import type { Peer } from './scripted-server.ts'

export const ok = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`

export const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

/** Sends as much as the client takes, and counts what left this process. */
export const flood =
  (total: number, sent: { bytes: number }) =>
  async (peer: Peer): Promise<void> => {
    await peer.request()
    peer.say(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`)
    const piece = Buffer.alloc(64 * 1024, 'x')
    for (let left = total; left > 0; left -= piece.length) {
      const part = piece.subarray(0, Math.min(left, piece.length))
      await new Promise<void>((resolve, reject) => {
        peer.socket.write(part, (error) => (error ? reject(error) : resolve()))
      })
      sent.bytes += part.length
    }
  }
