import { CHAT } from '../../app/asks.ts'
import type { Attack } from '../attack.ts'
import { keyOf, writeAll } from '../field.ts'

const CHUNKS_A_BLOCK = 4_000
const BLOCK = Buffer.from('1\r\n \r\n'.repeat(CHUNKS_A_BLOCK))
const BLOCKS = 1_000_000 / CHUNKS_A_BLOCK

export const oneByteChunks: Attack = {
  name: 'one-byte-chunks',
  does: 'uploads bodies of a million chunks with one byte each, and holds them back before their end',
  seconds: 5,
  run: (field) =>
    Promise.all(
      Array.from({ length: 6 }, async (_, caller) => {
        const client = await field.open()
        client?.write(
          `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${keyOf(caller)}\r\ntransfer-encoding: chunked\r\n\r\n`,
        )
        if (client) await writeAll(client, Array<Buffer>(BLOCKS).fill(BLOCK), field.signal)
        await field.wait()
      }),
    ),
}
