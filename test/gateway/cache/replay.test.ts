import { expect, it, onTestFinished, vi } from 'vitest'
import { createMemoryAccount, credentialExpired } from '#access'
import type { GatewayCall } from '#gateway'
import { clientLeft, createDeparture, type Settlement } from '#model'
import { anthropicMessages } from '#protocols'
import { replay } from '../../../src/gateway/cache/replay.ts'
import { createCallRecord } from '../../../src/gateway/record/create-call-record.ts'
import { costsIn } from '../../tools/gateway/settled-house.ts'

const EVENT = `data: ${'x'.repeat(10_000)}\n\n`
const BODY = EVENT.repeat(40)

/** A client that reads only so many pieces. */
const start = (pieces: number, { headers = [] as string[], budget = 1_000_000 } = {}) => {
  const settlements: Settlement[] = []
  const signal = createDeparture()
  const call: GatewayCall = {
    requestId: 'req_1',
    route: 'POST /v1/messages',
    protocol: anthropicMessages,
    toPath: () => '/messages',
    caller: { id: 'one' },
    body: Buffer.from('{}'),
    rawHeaders: headers,
    query: '',
    signal,
  }
  const memory = createMemoryAccount({ maxBytes: budget, shared: false })
  const record = createCallRecord(
    { settlers: [(each) => void settlements.push(each)], memory },
    call,
  )
  const { body } = replay(call, record, {
    headers: ['content-type', 'text/event-stream'],
    isStream: true,
    served: { target: { provider: 'anthropic', model: 'm' }, lane: 'relay', cost: 0.5 },
    body: BODY,
  })
  if (typeof body === 'string') throw new Error('It is no stream.')
  const client = { got: '', writes: 0, ended: '' }
  body.readTo({
    write(bytes) {
      client.got += bytes
      return ++client.writes < pieces
    },
    end: () => void (client.ended = 'end'),
    abort: () => void (client.ended = 'abort'),
  })
  return { client, body, signal, settlements, memory }
}

it('an answer is replayed as fast as its client reads, and is then settled', () => {
  const { client, body, settlements } = start(2)
  expect(client.got.length).toBeLessThan(200_000)
  expect(settlements).toEqual([])
  for (let time = 0; time < 20; time++) body.resume()
  expect(client).toMatchObject({ got: BODY, ended: 'end' })
  expect(settlements).toMatchObject([{ outcome: 'ok', cache: 'hit', cost: 0, saved: 0.5 }])
})

it('an answer whose client leaves is settled so', () => {
  const { client, body, signal, settlements } = start(1)
  const { writes } = client
  signal.abort(clientLeft())
  body.resume()
  expect(client.writes).toBe(writes)
  expect(settlements).toMatchObject([{ outcome: 'client_left', cost: 0, saved: 0 }])
})

it('an answer whose key ends has an error as its last event', () => {
  const { client, signal, settlements } = start(1)
  signal.abort(credentialExpired())
  expect(client.ended).toBe('end')
  const events = client.got.split('\n\n')
  for (const event of events.slice(0, -2)) expect(`${event}\n\n`).toBe(EVENT)
  expect(events.at(-2)).toContain('event: error')
  expect(settlements).toMatchObject([{ outcome: 'unauthenticated', status: 401 }])
})

it('an answer is counted while it is replayed', () => {
  const { body, memory } = start(1)
  expect(memory.heldBytes).toBe(BODY.length)
  for (let time = 0; time < 20; time++) body.resume()
  expect(memory.heldBytes).toBe(0)
})

it('an answer for which there is no memory is refused', () => {
  expect(() => start(1, { budget: 1_000 })).toThrow(/holds as much as it can/)
})

it.each([
  ['once, if its client asks for it', ['x-sluice-cost', 'stream'], [0]],
  ['to no other client', [], []],
])('an answer reports that it costs nothing %s', (_, headers, costs) => {
  const { client, body } = start(1, { headers })
  for (let time = 0; time < 20; time++) body.resume()
  expect(costsIn(client.got)).toEqual(costs)
  expect(client.got.replace(': cost 0\n\n', '')).toBe(BODY)
})

it('an answer that its client does not read ends after five minutes', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { client, settlements } = start(1)
  vi.advanceTimersByTime(300_000)
  expect(client.ended).toBe('abort')
  expect(settlements).toMatchObject([{ outcome: 'client_stalled', saved: 0 }])
})
