/** What is held of an answer that others may follow is counted, and released. */
import { expect, it } from 'vitest'
import { createMemoryAccount } from '#access'
import type { GatewayCall } from '#gateway'
import { createDeparture } from '#model'
import { openaiChat } from '#protocols'
import { createByteChannel } from '#streams'
import { startFlight } from '../../../src/gateway/cache/flight.ts'
import type { StoredAnswer } from '../../../src/gateway/cache/stored-answer.ts'
import { createCallRecord } from '../../../src/gateway/record/create-call-record.ts'

const start = async (maxBytes: number, accountBytes = 1_000_000) => {
  const memory = createMemoryAccount({ maxBytes: accountBytes, shared: false })
  const call: GatewayCall = {
    requestId: 'req_1',
    route: 'POST /v1/chat/completions',
    protocol: openaiChat,
    toPath: () => '/',
    caller: { id: 'one' },
    body: Buffer.from('{}'),
    rawHeaders: [],
    query: '',
    signal: createDeparture(),
  }
  const record = createCallRecord({ settlers: [], memory }, call)
  const upstream = createByteChannel(() => undefined)
  const kept: StoredAnswer[] = []
  const closed: string[] = []
  const flight = startFlight({
    call,
    record,
    memory,
    maxBytes,
    fly: async () => ({ status: 200, headers: ['x-request-id', 'theirs'], body: upstream }),
    keep: (answer) => void kept.push(answer),
    onClosed: () => void closed.push('closed'),
  })
  const { body } = await flight.answer
  if (typeof body === 'string') throw new Error('It is no stream.')
  const client = { got: '', ended: false }
  body.readTo({
    write(bytes) {
      client.got += bytes
      return true
    },
    end: () => void (client.ended = true),
    abort: () => undefined,
  })
  const finish = async () => {
    upstream.end()
    record.settle('ok', { usage: {}, outputCharacters: 0 })
    await Promise.resolve()
  }
  return { memory, upstream, kept, closed, client, finish }
}

it('an answer is counted until it is complete, and is then kept', async () => {
  const { memory, upstream, kept, closed, client, finish } = await start(10_000)
  for (let piece = 0; piece < 5; piece++) upstream.write('x'.repeat(1_000))
  expect(memory.heldBytes).toBeGreaterThanOrEqual(5_000)
  expect(closed).toEqual([])
  await finish()
  expect(memory.heldBytes).toBe(0)
  expect(client).toEqual({ got: 'x'.repeat(5_000), ended: true })
  expect(kept).toMatchObject([{ body: 'x'.repeat(5_000), isStream: true, headers: [] }])
  expect(closed).toEqual(['closed'])
})

it.each([
  ['is too long', 3_000, 1_000_000],
  ['finds no memory', 10_000, 3_000],
])('an answer that %s passes, and is not kept', async (_, maxBytes, accountBytes) => {
  const { memory, upstream, kept, closed, client, finish } = await start(maxBytes, accountBytes)
  for (let piece = 0; piece < 5; piece++) upstream.write('x'.repeat(1_000))
  expect(memory.heldBytes).toBe(0)
  expect(closed.length).toBeGreaterThan(0)
  await finish()
  expect(client).toEqual({ got: 'x'.repeat(5_000), ended: true })
  expect(kept).toEqual([])
})
