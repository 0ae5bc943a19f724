/** The memory of sockets is limited by their caller's share: frames, turns, and unread output. */
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatBody, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { openRawClient, type RawClient } from '../../tools/app/raw-client.ts'
import { eventually } from '../../tools/app/within.ts'
import { OPCODES, toFrame } from '../../fuzz/socket-frames.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { toHandshake } from '../../tools/server/websocket/raw-socket.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'

const MB = 1024 * 1024
const LIMITS = { bodyBytes: 4 * MB, inFlightBytes: 16 * MB, depth: 100 }
const KEYS = ['sk-hostile', 'sk-friendly']
const HOSTILE = { 'x-api-key': 'sk-hostile' }
const FRIENDLY = { 'x-api-key': 'sk-friendly' }

const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})

const openHostile = async (url: string, path: string): Promise<RawClient> => {
  const client = await openRawClient(url)
  clients.push(client)
  client.write(toHandshake(path, ['x-api-key: sk-hostile']))
  await client.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n/)
  return client
}

const text = (bytes: number) => Buffer.alloc(bytes, 0x20)

/** Codes of closes in what a server wrote. */
const isShut = ({ received }: RawClient): boolean => received().includes('\x03\xf5')

const UNFINISHED = [
  ['in one frame that does not end', toFrame(OPCODES.text, text(3.5 * MB)).subarray(0, 3 * MB)],
  [
    'in pieces of which none is the last',
    Buffer.concat([
      toFrame(OPCODES.text, text(MB), { isLast: false }),
      toFrame(OPCODES.continuation, text(2 * MB), { isLast: false }),
    ]),
  ],
] as const

describe.each([['/ws'], ['/v1/responses'], ['/v1/realtime?model=gpt-realtime']])(
  'at %s',
  (path) => {
    it.each(UNFINISHED)('messages %s take the share of one caller alone', async (_, bytes) => {
      const realtime = await startRealtime()
      const isRealtime = path.startsWith('/v1/realtime')
      const { sluice } = await startHouse({
        keys: KEYS,
        limits: LIMITS,
        ...(isRealtime ? { openai: { baseUrl: `${realtime.url}/v1` } } : {}),
      })
      const hostile = await Promise.all(
        Array.from({ length: 8 }, () => openHostile(sluice.url, path)),
      )
      for (const client of hostile) client.write(bytes)
      await eventually('some are closed', () => hostile.some(isShut))
      if (!isRealtime) {
        expect(hostile.some(({ received }) => received().includes('share_used_up'))).toBe(true)
        // While one caller holds half of the memory, a quarter is left for this one. It needs room for its text twice, since
        // the answer repeats it. With 2 MB it would be refused whenever the other one holds its half to the last byte.
        const body = chatBody('x'.repeat(1.9 * MB))
        const answer = await sluice.send(CHAT, { headers: FRIENDLY, body })
        expect(answer.status, answer.text.slice(0, 200)).toBe(200)
      }
      const friendly = await openClient(sluice.url, path, { headers: FRIENDLY })
      friendly.socket.close()
      // What was refused is not kept, and what is left goes with its sockets.
      for (const { socket } of hostile) socket.destroy()
      if (!isRealtime)
        await expect
          .poll(async () => {
            const body = chatBody('x'.repeat(3 * MB))
            return (await sluice.send(CHAT, { headers: HOSTILE, body })).status
          })
          .toBe(200)
    })
  },
)

it('many messages, and some in pieces, leave nothing counted', async () => {
  const { sluice } = await startHouse({
    keys: KEYS,
    limits: { ...LIMITS, inFlightBytes: MB },
    upstream: { reply: () => ({ parts: [{ text: 'yes' }] }) },
  })
  const { socket, ...client } = await openClient(sluice.url, '/ws', { headers: HOSTILE })
  const frame = (id: number) => JSON.stringify({ id: `${id}`, ...chatBody('x'.repeat(100_000)) })
  for (let id = 0; id < 20; id++) {
    const bytes = frame(id)
    if (id % 2 === 0) socket.send(bytes)
    else {
      socket.send(bytes.slice(0, 70_000), { fin: false })
      socket.send(bytes.slice(70_000))
    }
    socket.ping('x'.repeat(100))
    await client.until(
      `the end of ${id}`,
      ({ type, id: of }) => type !== undefined && of === `${id}`,
    )
    expect(client.frames.at(-1)).toMatchObject({ type: 'done' })
  }
  socket.close()
})

it('stored turns of sockets are removed, the oldest first, without loss for other callers', async () => {
  const { sluice } = await startHouse({ keys: KEYS, limits: LIMITS })
  const sockets = await Promise.all(
    Array.from({ length: 6 }, () => openClient(sluice.url, RESPONSES, { headers: HOSTILE })),
  )
  const ids: string[] = []
  for (const client of sockets) {
    client.send({
      type: 'response.create',
      generate: false,
      ...responsesBody('x'.repeat(2 * MB)),
    })
    const { response } = await client.until('the turn', ({ type }) => type === 'response.completed')
    ids.push(String(response?.id))
  }
  const answer = await sluice.send(CHAT, { headers: FRIENDLY, body: chatBody('x'.repeat(3 * MB)) })
  expect(answer.status).toBe(200)

  const goOn = async (index: number) => {
    const client = sockets[index]!
    client.frames.length = 0
    const { model, input } = responsesBody('more')
    client.send({ generate: false, previous_response_id: ids[index], model, input })
    return client.until('an end', ({ type }) => type === 'response.completed' || type === 'error')
  }
  expect(await goOn(0)).toMatchObject({ type: 'response.completed' })
  // Of the last there was no room: by this code a client sends everything again.
  expect(await goOn(5)).toMatchObject({ error: { code: 'previous_response_not_found' } })
  for (const { socket } of sockets) socket.close()
})
