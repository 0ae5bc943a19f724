/** A thousand sockets with calls in progress, on a server in its own process. */
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { chatBody, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { callsOf, closeLater, upstreamForTest } from '../../tools/app/house.ts'
import { eventually } from '../../tools/app/within.ts'
import { checkChatStream } from '../../tools/checkers/index.ts'
import { startChild } from '../../tools/gateway/start-child.ts'
import type { Answer } from '../../tools/upstream/start.ts'
import {
  type Client,
  isDone,
  isError,
  openClient,
  textOf,
} from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'

const WORDS = 'one two three four five six seven eight nine ten eleven twelve'
const PIECES = 12

const SOCKETS = 1_000
const MIB = 1024 * 1024

/** The test holds the clients' ends and the upstream's, four calls on some. */
const NEEDED_FILES = 4_096

const checkOpenFiles = (): void => {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim()
  if (limit !== 'unlimited' && Number(limit) < NEEDED_FILES)
    throw new Error(
      `A thousand sockets need ${NEEDED_FILES} open files, and this shell allows ${limit}: raise it with ulimit -n ${NEEDED_FILES}.`,
    )
}

interface Call {
  readonly client: Client
  readonly id: string
  /** What only this call is answered. */
  readonly text: string
}

/** One call on every socket, four on every tenth; half of the sockets are translated. */
const sendCalls = (clients: readonly Client[]): Call[] =>
  clients.flatMap((client, place) =>
    Array.from({ length: place % 10 === 0 ? 4 : 1 }, (_, count) => {
      const id = `call ${count}`
      const text = `${place}/${count}`
      client.send({ id, ...chatBody(text, { model: place % 2 === 0 ? GPT : CLAUDE }) })
      return { client, id, text: `${text} ${WORDS}` }
    }),
  )

const streamOf = ({ client, id }: Call): Buffer =>
  Buffer.from(
    client.frames
      .filter((frame) => frame.id === id && frame.type === undefined)
      .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
      .join('') + 'data: [DONE]\n\n',
  )

it('answers every call of a thousand sockets with its own text, and leaves nothing open', async () => {
  checkOpenFiles()
  // Slow while all begin, so that all are in progress at the same time; fast afterwards.
  let released = false
  const upstream = await upstreamForTest({
    reply: ({ lastUserText }): Answer => ({
      parts: [{ text: `${lastUserText} ${WORDS}` }],
      pieces: PIECES,
      get paceMs() {
        return released ? 1 : 5_000
      },
    }),
  })
  const child = closeLater(await startChild(upstream.url))
  const early = await openClient(child.url, '/ws')
  released = true
  early.send({ id: 'early', ...chatBody() })
  await early.until('the end', isDone('early'))
  early.send({ id: 'early too', ...chatBody('hello', { model: CLAUDE }) })
  await early.until('the end', isDone('early too'))
  released = false
  const before = {
    sockets: child.openSockets() - upstream.openSockets(),
    ...(await child.measure()),
  }
  const earlyCalls = callsOf(upstream).length

  const clients = await Promise.all(
    Array.from({ length: SOCKETS }, () => openClient(child.url, '/ws')),
  )
  const calls = sendCalls(clients)
  const begun = (): number =>
    clients.reduce((sum, { frames }) => sum + new Set(frames.map(({ id }) => id)).size, 0)
  await eventually('every call has begun', () => begun() === calls.length, 50_000)
  expect(clients.some(({ frames }) => frames.some(isDone('call 0')))).toBe(false)
  const all = callsOf(upstream).slice(earlyCalls)
  expect(all).toHaveLength(calls.length)
  const during = await child.measure()
  expect(during.liveBytes - before.liveBytes).toBeLessThan(128 * MIB)
  expect(during.residentBytes - before.residentBytes).toBeLessThan(512 * MIB)

  const leaving = new Set(clients.slice(0, 100))
  const cancelling = new Set(clients.slice(100, 200))
  for (const { socket } of leaving) socket.terminate()
  for (const client of cancelling) client.send({ type: 'cancel', id: 'call 0' })
  const left = calls.filter(({ client }) => leaving.has(client)).length
  await eventually(
    'their upstreams close',
    () => all.filter(({ closedEarly }) => closedEarly).length === left + cancelling.size,
    30_000,
  )

  released = true
  for (const call of calls) {
    const { client, id } = call
    if (leaving.has(client)) continue
    const cancelled = cancelling.has(client) && id === 'call 0'
    const last = await client.until(
      'the end of a call',
      (frame) => frame.type !== undefined && frame.id === id,
    )
    if (cancelled) expect(last).toMatchObject({ type: 'error', error: { code: 'cancelled' } })
    else {
      expect(last).toMatchObject({ type: 'done' })
      expect(checkChatStream(streamOf(call))).toEqual([])
      expect(textOf(client.frames, id)).toBe(call.text)
    }
  }
  for (const [place, { frames }] of clients.entries()) {
    const ids = calls.filter(({ client }) => client === clients[place]).map(({ id }) => id)
    expect([...new Set(frames.map(({ id }) => id))].toSorted()).toEqual(ids)
    expect(frames.filter(isError)).toHaveLength(cancelling.has(clients[place]!) ? 1 : 0)
  }
  expect(all.filter(({ closedEarly }) => closedEarly)).toHaveLength(left + cancelling.size)

  for (const { socket } of clients) socket.close()
  // Connections to the upstream are kept for the next calls; each is a socket there, too.
  await eventually(
    'no socket is left',
    () => child.openSockets() - upstream.openSockets() === before.sockets,
    30_000,
  )
  const after = await child.measure()
  expect(after.liveBytes - before.liveBytes).toBeLessThan(64 * MIB)
}, 180_000)

it('holds a thousand realtime conversations, each with its own upstream', async () => {
  checkOpenFiles()
  const upstream = await startRealtime()
  const child = closeLater(await startChild(upstream.url))
  const path = '/v1/realtime?model=gpt-realtime'
  const sockets = child.openSockets()
  const early = await openClient(child.url, path)
  early.socket.close()
  await early.closed
  await eventually('nobody is there', () => upstream.openSockets() === 0, 30_000)
  await eventually('nothing is open', () => child.openSockets() === sockets, 30_000)
  const before = await child.measure()

  const clients = await Promise.all(
    Array.from({ length: SOCKETS }, () => openClient(child.url, path)),
  )
  expect(upstream.sockets).toHaveLength(SOCKETS + 1)
  for (const socket of upstream.sockets) {
    socket.on('message', (data: Buffer) => {
      socket.send('{"type":"response.created"}')
      socket.send(data.toString())
    })
  }
  for (const [place, client] of clients.entries())
    for (let turn = 0; turn < 3; turn++) client.send({ type: 'said', place, turn })
  for (const [place, client] of clients.entries()) {
    await client.until('the last', ({ turn }) => turn === 2)
    const said = client.frames.filter(({ type }) => type === 'said')
    expect(said).toEqual([0, 1, 2].map((turn) => ({ type: 'said', place, turn })))
  }
  const during = await child.measure()
  expect(during.liveBytes - before.liveBytes).toBeLessThan(128 * MIB)

  for (const [place, { socket }] of clients.entries())
    if (place % 2 === 0) socket.terminate()
    else socket.close()
  await eventually('no upstream is left', () => upstream.openSockets() === 0, 30_000)
  await eventually('no socket is left', () => child.openSockets() === sockets, 30_000)
}, 180_000)
