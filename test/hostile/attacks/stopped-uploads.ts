import { gzipSync } from 'node:zlib'
import { CHAT } from '../../tools/app/asks.ts'
import type { Attack } from '../attack.ts'
import { keyOf } from '../field.ts'

const UPLOADS = 80
/** Close to what one body may be, and 30 KB on the wire. */
const ZIPPED = gzipSync(Buffer.alloc(31_000_000, ' '))
const WITHOUT_END = ZIPPED.subarray(0, ZIPPED.length - 12)

const toHead = (caller: number, more: readonly string[]): string =>
  [
    `POST ${CHAT} HTTP/1.1`,
    'host: localhost',
    `authorization: Bearer ${keyOf(caller)}`,
    ...more,
    '\r\n',
  ].join('\r\n')

export const stoppedUploads: Attack = {
  name: 'stopped-uploads',
  does: 'stops 80 uploads short of their end, most of them compressed: 30 KB that become 31 MB',
  seconds: 5,
  async run(field) {
    for (let at = 0; at < UPLOADS && !field.signal.aborted; at++) {
      const client = await field.open()
      if (at % 4 === 3) {
        client?.write(toHead(at, ['content-length: 30000000']))
        client?.write(Buffer.alloc(1_000, ' '))
      } else {
        client?.write(toHead(at, ['content-encoding: gzip', `content-length: ${ZIPPED.length}`]))
        client?.write(WITHOUT_END)
      }
      await field.pause(20)
    }
    await field.wait()
  },
}
