/** Frames that a door writes arrive as they were sent, beside those that the library writes. */
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import {
  createFrameSocket,
  type FrameSocket,
} from '../../../../src/server/websocket/frames/frame-socket.ts'
import { toByteString } from '#streams'
import { eventually, within } from '../../../tools/app/within.ts'
import { acceptSockets } from '../../../tools/server/websocket/accept-sockets.ts'

interface Pair {
  readonly ours: FrameSocket
  readonly server: WebSocket
  readonly client: WebSocket
  /** What the client was sent, pings by the word. */
  readonly received: string[]
}

const connect = async (): Promise<Pair> => {
  const opened = Promise.withResolvers<Pick<Pair, 'ours' | 'server'>>()
  const url = await acceptSockets((server, socket) =>
    opened.resolve({ server, ours: createFrameSocket(server, socket) }),
  )
  const client = new WebSocket(url.replace('http:', 'ws:'))
  const received: string[] = []
  client.on('message', (data: Buffer, isBinary) =>
    received.push(isBinary ? 'binary' : data.toString()),
  )
  client.on('ping', () => received.push('ping'))
  return { ...(await opened.promise), client, received }
}

it.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_001, 5_000_000])(
  'a text of %i bytes is one frame',
  async (length) => {
    const { ours, received } = await connect()
    const text = 'é'.repeat(length / 2) + 'x'.repeat(length % 2)
    ours.send(toByteString(text))
    ours.send('next')
    await eventually('both have come', () => received.length === 2, 30_000)
    expect(received[0] === text).toBe(true)
    expect(received[1]).toBe('next')
  },
)

it('frames that are sent together keep their order, including pings and the close', async () => {
  const { ours, server, client, received } = await connect()
  const closed = new Promise<number>((resolve) => {
    client.once('close', resolve)
  })
  ours.send('1')
  server.ping()
  ours.together(() => {
    ours.send('2')
    ours.sendJson({ three: 'ü' })
  })
  server.ping()
  ours.together(() => {
    ours.send('4')
    ours.close(4_000, 'enough')
    ours.send('never')
  })
  ours.send('never')
  expect(await within(30_000, 'the close', closed)).toBe(4_000)
  expect(received).toEqual(['1', 'ping', '2', '{"three":"ü"}', 'ping', '4'])
})

it('frames that were sent before an exception are written', async () => {
  const { ours, received } = await connect()
  expect(() =>
    ours.together(() => {
      ours.send('1')
      throw new Error('stop')
    }),
  ).toThrow('stop')
  ours.send('2')
  await eventually('both have come', () => received.length === 2, 30_000)
  expect(received).toEqual(['1', '2'])
})
