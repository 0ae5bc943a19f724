import { CHAT } from '../../tools/app/asks.ts'
import type { Attack } from '../attack.ts'
import { keyOf } from '../field.ts'

const UPLOADS = 3
/** As many as are read in about a third of the time until the next ones come. */
const CHUNKS = 1_500
const EVERY_MS = 25
const BLOCK = '1\r\n \r\n'.repeat(CHUNKS)

export const oneByteChunks: Attack = {
  name: 'one-byte-chunks',
  does: 'uploads bodies in chunks of one byte, more than a million in all, without an end',
  seconds: 8,
  run: (field) =>
    Promise.all(
      Array.from({ length: UPLOADS }, async (_, caller) => {
        const client = await field.open()
        client?.write(
          `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${keyOf(caller)}\r\ntransfer-encoding: chunked\r\n\r\n`,
        )
        while (client && !client.socket.destroyed && !field.signal.aborted) {
          if (!client.socket.writableNeedDrain) client.write(BLOCK)
          await field.pause(EVERY_MS)
        }
      }),
    ),
}
