/** What no library would send, at every door: it ends as the protocol says, and takes its upstream along. */
import { describe, expect, it } from 'vitest'
import { eventually, within } from '../../../tools/app/within.ts'
import { openRawClient } from '../../../tools/app/raw-client.ts'
import { OPCODES, toFrame } from '../../../fuzz/socket-frames.ts'
import { CALL_DOORS, DOORS, REALTIME } from '../../../tools/server/websocket/doors.ts'
import { openRawSocket, toHandshake } from '../../../tools/server/websocket/raw-socket.ts'

const LIMITS = { bodyBytes: 65_536, inFlightBytes: 1_000_000, depth: 100 }
const HELLO = Buffer.from('{}')
const CUT_OFF = { isLast: false } as const

const BAD_FRAMES: readonly (readonly [string, Buffer, number])[] = [
  ['is not masked', toFrame(OPCODES.text, HELLO, { isMasked: false }), 1002],
  ['uses bits that no extension asked for', toFrame(OPCODES.text, HELLO, { reserved: 4 }), 1002],
  ['is of an unknown kind', toFrame(3, HELLO), 1002],
  ['goes on with nothing', toFrame(OPCODES.continuation, HELLO), 1002],
  [
    'begins in the middle of another',
    Buffer.concat([toFrame(OPCODES.text, HELLO, CUT_OFF), toFrame(OPCODES.text, HELLO)]),
    1002,
  ],
  ['is a ping in pieces', toFrame(OPCODES.ping, HELLO, CUT_OFF), 1002],
  ['is a ping of too much', toFrame(OPCODES.ping, Buffer.alloc(126)), 1002],
  ['closes with a code that nobody may send', toFrame(OPCODES.close, Buffer.from([3, 237])), 1002],
  ['is not UTF-8', toFrame(OPCODES.text, Buffer.from([0x22, 0xff, 0x22])), 1007],
  ['is larger than a body may be', toFrame(OPCODES.text, Buffer.alloc(70_000, 0x20)), 1009],
  [
    'is larger than that in pieces',
    Buffer.concat([
      toFrame(OPCODES.text, Buffer.alloc(40_000, 0x20), CUT_OFF),
      toFrame(OPCODES.continuation, Buffer.alloc(40_000, 0x20)),
    ]),
    1009,
  ],
  // Of so large a frame nothing is waited for.
  ['says that it is huge', Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4]), 1009],
]

describe.each(DOORS)('at $path', ({ path, frame, start }) => {
  it.each(BAD_FRAMES)('a frame that %s ends the socket', async (_what, bytes, code) => {
    const { sluice, underWay, openUpstreams } = await start({ limits: LIMITS })
    const client = await openRawSocket(sluice.url, path)
    client.write(toFrame(OPCODES.text, Buffer.from(frame)))
    await underWay()
    client.write(bytes)
    expect(await client.closeCode()).toBe(code)
    await eventually('no upstream is left', () => openUpstreams() === 0, 30_000)
  })

  it('a client that ends its half of the connection has left', async () => {
    const { sluice, underWay, openUpstreams } = await start()
    const client = await openRawSocket(sluice.url, path)
    client.write(toFrame(OPCODES.text, Buffer.from(frame)))
    await underWay()
    client.socket.end()
    await within(30_000, 'the connection ends', client.closed)
    await eventually('no upstream is left', () => openUpstreams() === 0, 30_000)
  })

  it('a frame may arrive byte by byte, and in pieces with pings between them', async () => {
    const { sluice, underWay, asked } = await start()
    const client = await openRawSocket(sluice.url, path)
    const text = Buffer.from(frame)
    const pieces = Buffer.concat([
      toFrame(OPCODES.text, text.subarray(0, 9), CUT_OFF),
      toFrame(OPCODES.ping, Buffer.from('there?')),
      toFrame(OPCODES.continuation, text.subarray(9, 9), CUT_OFF),
      toFrame(OPCODES.continuation, text.subarray(9)),
    ])
    for (const byte of pieces) {
      client.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await underWay()
    await eventually('it has come', () => asked().length === 1, 30_000)
    expect(JSON.parse(asked()[0] ?? '')).toMatchObject(JSON.parse(frame) as object)
    expect(client.received()).toContain('\x8a\x06there?')
  })

  it('a client that is refused and does not close is disconnected', async () => {
    const { sluice } = await start({ keys: ['a-key'], drainMs: 50 })
    const client = await openRawClient(sluice.url)
    client.socket.removeAllListeners('end')
    client.write(toHandshake(path, ['authorization: Bearer wrong']))
    expect(await client.until('}')).toMatch(/^HTTP\/1\.1 401 /)
    await within(10_000, 'everything ends', sluice.close())
  })
})

describe.each(CALL_DOORS)('at $path', ({ path, frame, start }) => {
  it.each([
    ['text was meant', Buffer.from(frame)],
    ['nothing was said', Buffer.alloc(0)],
  ])('a binary frame, %s, is answered with an error and 1003', async (_what, bytes) => {
    const { sluice, asked } = await start()
    const client = await openRawSocket(sluice.url, path)
    client.write(toFrame(OPCODES.binary, bytes))
    expect(await client.closeCode()).toBe(1003)
    expect(client.received()).toContain('Frames must be text.')
    expect(asked()).toEqual([])
  })

  it.each([
    ['empty', ''],
    ['nested deeper than a body may be', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['nested deeper than a stack is', '['.repeat(60_000)],
    ['of a type of a thousand letters', `{"type":"${'x'.repeat(1_000)}"}`],
    ['of a type that is longer than any', `{"type":"${'x'.repeat(10_000)}"}`],
    ['of more fields than any has', `{"a":5${',"":1'.repeat(12_000)}}`],
    ['with a lone surrogate for an id', '{"id":"\\ud800","stream_id":"\\ud800","model":5}'],
  ])(
    'a frame that is %s is answered with an error, and the socket stays open',
    async (_what, text) => {
      const { sluice, underWay } = await start({ limits: LIMITS })
      const client = await openRawSocket(sluice.url, path)
      client.write(toFrame(OPCODES.text, Buffer.from(text)))
      expect(await client.until('"invalid_request_error"')).toContain('"status":400')
      client.write(toFrame(OPCODES.text, Buffer.from(frame)))
      await underWay()
    },
  )
})

it.each([CALL_DOORS[0]!, REALTIME])(
  'a client that never answers the close is disconnected, at $path',
  async ({ path, frame, start }) => {
    const { sluice, underWay, openUpstreams } = await start({ limits: LIMITS })
    const client = await openRawSocket(sluice.url, path)
    client.socket.removeAllListeners('end')
    client.write(toFrame(OPCODES.text, Buffer.from(frame)))
    await underWay()
    client.write(BAD_FRAMES.find(([what]) => what === 'is larger than a body may be')?.[1] ?? '')
    await eventually('no upstream is left', () => openUpstreams() === 0, 30_000)
    await within(20_000, 'everything ends', sluice.close())
  },
  60_000,
)
