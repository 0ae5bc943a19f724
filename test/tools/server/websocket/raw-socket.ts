/** A client that opens a WebSocket by itself, and writes frames as no library would. */
import { openRawClient, type RawClient } from '../../app/raw-client.ts'
import { eventually, within } from '../../app/within.ts'
import { OPCODES, readServerFrame, toFrame } from '../../../fuzz/socket-frames.ts'

export interface RawSocket extends RawClient {
  /** Answers the server's close, and resolves with its code; undefined where the connection ends without. */
  closeCode(): Promise<number | undefined>
}

const END_OF_HEAD = '\r\n\r\n'

export const toHandshake = (path: string, headers: readonly string[] = []): string =>
  [
    `GET ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '\r\n',
  ].join('\r\n')

export const openRawSocket = async (url: string, path: string): Promise<RawSocket> => {
  const client = await openRawClient(url)
  client.write(toHandshake(path))
  await client.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n/)
  const findClose = (): Buffer | undefined => {
    const received = client.received()
    const start = received.indexOf(END_OF_HEAD) + END_OF_HEAD.length
    let bytes = Buffer.from(received.slice(start), 'latin1')
    for (let frame = readServerFrame(bytes); frame; frame = readServerFrame(bytes)) {
      if (frame.opcode === OPCODES.close) return frame.payload
      bytes = bytes.subarray(frame.size)
    }
    return undefined
  }
  return {
    ...client,
    async closeCode() {
      await eventually('a close', () => client.socket.closed || findClose() !== undefined, 30_000)
      const payload = findClose()
      if (payload && client.socket.writable) client.write(toFrame(OPCODES.close, payload))
      await within(30_000, 'the connection ends', client.closed)
      return payload?.readUInt16BE(0)
    },
  }
}
