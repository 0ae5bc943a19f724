/** Identical calls that are in progress at the same time reach the upstream once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { eventually } from '../../tools/app/within.ts'
import { cacheable, DIALECTS, startCached } from '../../tools/gateway/cached-house.ts'
import { TARGETS } from '../../tools/gateway/settled-house.ts'

const SLOW = { parts: [{ text: 'word '.repeat(60) }], pieces: 60, paceMs: 15, delayMs: 300 }

/** All clients have asked before it begins. */
const LATE = { ...SLOW, delayMs: 2_000 }

const WAYS = [
  ['a relayed answer', TARGETS.openai, false],
  ['a relayed stream', TARGETS.openai, true],
  ['a translated answer', TARGETS.anthropic, false],
  ['a translated stream', TARGETS.anthropic, true],
] as const

type CachedHouse = Awaited<ReturnType<typeof startCached>>

const leaver = ({ sluice }: CachedHouse, body: object) => {
  const leave = new AbortController()
  const asked = sluice.send(CHAT, { body, signal: leave.signal }).catch(() => undefined)
  return { asked, leave: () => leave.abort() }
}

/** There is no sign of a call that waits for another one. */
const arrived = (): Promise<void> => sleep(300)

const asked = (house: CachedHouse, count = 1): Promise<void> =>
  eventually('the upstream is asked', () => callsOf(house.upstream).length === count)

describe.each(WAYS)('%s', (_, model, stream) => {
  const body = chatBody('hello', { model, stream })

  it('is generated once for 200 calls', async () => {
    const house = await startCached()
    const { upstream, sluice, settlements } = house
    upstream.next(SLOW)
    const all = await Promise.all(Array.from({ length: 200 }, () => sluice.send(CHAT, { body })))
    expect(callsOf(upstream)).toHaveLength(1)
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(all.map(({ text }) => text)).size).toBe(1)
    const uses = all.map(({ headers }) => headers['x-sluice-cache'])
    expect(uses.filter((use) => use === 'miss')).toHaveLength(1)
    expect(uses.filter((use) => use === 'hit')).toHaveLength(199)
    await eventually('all are settled', () => settlements.length === 200)
    const made = settlements.find(({ cache }) => cache === 'miss')
    const rest = settlements.filter(({ cache }) => cache === 'hit')
    expect(made?.cost).toBeGreaterThan(0)
    expect(new Set(rest.map(({ cost }) => cost))).toEqual(new Set([0]))
    expect(new Set(rest.map(({ saved }) => saved))).toEqual(new Set([made?.cost]))
    expect(new Set(rest.map(({ outcome }) => outcome))).toEqual(new Set(['ok']))
  })

  it('goes on for the others when the client leaves that came first', async () => {
    const house = await startCached()
    house.upstream.next(LATE)
    const first = leaver(house, body)
    await asked(house)
    const second = house.sluice.send(CHAT, { body })
    await arrived()
    first.leave()
    const { status, text, broken } = await second
    expect({ status, broken }).toEqual({ status: 200, broken: false })
    expect(text).toContain('word')
    expect(callsOf(house.upstream)).toHaveLength(1)
    expect(callsOf(house.upstream)[0]?.closedEarly).toBe(false)
    await eventually('both are settled', () => house.settlements.length === 2)
    const left = house.settlements.find(({ cache }) => cache === 'miss')
    expect(left?.outcome).toBe('client_left')
    expect(left?.cost).toBeGreaterThan(0)
    const third = await house.sluice.send(CHAT, { body })
    expect(third.headers['x-sluice-cache']).toBe('hit')
    expect(third.text).toBe(text)
  })

  it('stops when the last client leaves', async () => {
    const house = await startCached()
    house.upstream.next({ ...LATE, paceMs: 200 })
    const first = leaver(house, body)
    await asked(house)
    const second = leaver(house, body)
    await arrived()
    first.leave()
    second.leave()
    await Promise.all([first.asked, second.asked])
    await eventually('both are settled', () => house.settlements.length === 2)
    expect(house.settlements.map(({ outcome }) => outcome)).toEqual(['client_left', 'client_left'])
    const [call] = callsOf(house.upstream)
    await call?.closed
    expect(call?.closedEarly).toBe(true)
    const next = await house.sluice.send(CHAT, { body })
    expect(next.headers['x-sluice-cache']).toBe('miss')
    expect(next.status).toBe(200)
  })

  it('that fails after its first client left is settled for all of them', async () => {
    const house = await startCached({ retry: { retries: 0, baseMs: 1 } })
    house.upstream.next({ ...LATE, fault: { status: 503 } })
    const first = leaver(house, body)
    await asked(house)
    const second = house.sluice.send(CHAT, { body })
    await arrived()
    first.leave()
    expect((await second).status).toBe(503)
    await eventually('both are settled', () => house.settlements.length === 2)
    const outcomes = house.settlements.map(({ outcome }) => outcome)
    expect(outcomes.toSorted()).toEqual(['client_left', 'upstream_overloaded'])
  })

  it('that fails is a failure for all of them, and is not kept', async () => {
    const house = await startCached({ retry: { retries: 0, baseMs: 1 } })
    const { upstream, sluice, settlements } = house
    upstream.next({ ...LATE, fault: { status: 503, body: { error: { message: 'Too busy.' } } } })
    const all = await Promise.all(Array.from({ length: 20 }, () => sluice.send(CHAT, { body })))
    expect(callsOf(upstream)).toHaveLength(1)
    for (const { status, headers, json } of all) {
      expect(status).toBe(503)
      expect(headers['x-sluice-cache']).toBe('miss')
      expect(headers['x-sluice-target']).toBe(model)
      expect(json).toMatchObject({ error: { message: expect.stringContaining('Too busy.') } })
    }
    await eventually('all are settled', () => settlements.length === 20)
    expect(new Set(settlements.map(({ outcome }) => outcome)).size).toBe(1)
    expect((await sluice.send(CHAT, { body })).status).toBe(200)
  })
})

describe.each(DIALECTS.flatMap((dialect) => Object.keys(TARGETS).map((at) => [dialect, at])))(
  'a call of %s at %s',
  (dialect, at) => {
    it.each([false, true])('is made once for 200 at a time (stream: %s)', async (stream) => {
      const { upstream, sluice } = await startCached()
      upstream.next(SLOW)
      const { path, body } = cacheable(dialect, TARGETS[at as keyof typeof TARGETS], stream)
      const all = await Promise.all(Array.from({ length: 200 }, () => sluice.send(path, { body })))
      expect(callsOf(upstream)).toHaveLength(1)
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
      expect(new Set(all.map(({ text }) => text)).size).toBe(1)
      expect(all[0]?.text).toContain('word')
    })
  },
)

describe('a stream that others follow', () => {
  const body = chatBody('hello', { stream: true })

  it.each([TARGETS.openai, TARGETS.anthropic, 'demo/echo'])(
    'is stopped in its middle when the last client leaves, and asked for anew (%s)',
    async (model) => {
      const house = await startCached({ demo: { paceMs: 100 } })
      const text = 'a text of many words '.repeat(20)
      const asking = chatBody(text, { stream: true, model })
      house.upstream.next({ ...SLOW, delayMs: 0, paceMs: 200 })
      const first = await openRawClient(house.sluice.url)
      const second = await openRawClient(house.sluice.url)
      for (const client of [first, second]) {
        client.write(toRequest(CHAT, asking))
        await client.until('data: ')
      }
      expect(second.received()).toContain('x-sluice-cache: hit')
      for (const client of [first, second]) client.socket.destroy()
      await eventually('both are settled', () => house.settlements.length === 2)
      expect(house.settlements.map(({ outcome }) => outcome)).toEqual([
        'client_left',
        'client_left',
      ])
      const third = await openRawClient(house.sluice.url)
      third.write(toRequest(CHAT, asking))
      await third.until('data: ')
      expect(third.received()).toContain('x-sluice-cache: miss')
      third.socket.destroy()
    },
  )

  it('whose clients all stop reading ends for all of them', async () => {
    const house = await startCached({}, { openai: { deadlines: { idleMs: 500 } } })
    house.upstream.next({
      parts: [{ text: 'word '.repeat(2_000_000) }],
      pieces: 4_000,
      delayMs: 1_000,
    })
    const deaf = await Promise.all(
      [1, 2].map(() => openRawClient(house.sluice.url, { reads: false })),
    )
    for (const { write } of deaf) write(toRequest(CHAT, body))
    await eventually('both are settled', () => house.settlements.length === 2)
    expect(house.settlements.map(({ outcome }) => outcome)).toEqual([
      'client_stalled',
      'client_stalled',
    ])
    for (const { socket } of deaf) socket.destroy()
  })

  it('gives its beginning to those that come late', async () => {
    const house = await startCached()
    house.upstream.next({ ...SLOW, delayMs: 0 })
    const early = await openRawClient(house.sluice.url)
    early.write(toRequest(CHAT, body, ['connection: close']))
    await early.until('word')
    const late = await house.sluice.send(CHAT, { body })
    expect(late.headers['x-sluice-cache']).toBe('hit')
    expect(callsOf(house.upstream)).toHaveLength(1)
    const first = await early.closed
    for (const line of late.text.split('\n\n').filter((event) => event !== ''))
      expect(first).toContain(line)
    expect(late.text).toContain('[DONE]')
  })

  it.each([
    [CHAT, chatBody('hello', { stream: true }), 'error'],
    [MESSAGES, messagesBody('hello', { stream: true }), 'event: error'],
  ])('ends with its error for all of them (%s)', async (path, asking, error) => {
    const house = await startCached()
    const { upstream, sluice } = house
    upstream.next({ ...LATE, fault: { cutAfterEvents: 5 } })
    const all = await Promise.all(
      Array.from({ length: 5 }, () => sluice.send(path, { body: asking })),
    )
    expect(callsOf(upstream)).toHaveLength(1)
    expect(new Set(all.map(({ text }) => text)).size).toBe(1)
    expect(all[0]?.text).toContain(error)
    await eventually('all are settled', () => house.settlements.length === 5)
    expect(new Set(house.settlements.map(({ outcome }) => outcome))).toEqual(
      new Set(['upstream_broken']),
    )
    expect((await sluice.send(path, { body: asking })).headers['x-sluice-cache']).toBe('miss')
  })

  it('is not held up by one of them that does not read', async () => {
    const house = await startCached()
    house.upstream.next({ parts: [{ text: 'word '.repeat(400_000) }], pieces: 4_000, delayMs: 200 })
    const deaf = await openRawClient(house.sluice.url, { reads: false })
    deaf.write(toRequest(CHAT, body, ['connection: close']))
    await asked(house)
    const { text, broken } = await house.sluice.send(CHAT, { body })
    expect(broken).toBe(false)
    expect(text).toContain('[DONE]')
    expect(text.length).toBeGreaterThan(2_000_000)
    deaf.socket.destroy()
    await eventually('both are settled', () => house.settlements.length === 2)
    expect(callsOf(house.upstream)).toHaveLength(1)
  })

  it('is opened early for each of them', async () => {
    const house = await startCached({ openAfterMs: 20 })
    house.upstream.next(SLOW)
    const all = await Promise.all([1, 2, 3].map(() => house.sluice.send(CHAT, { body })))
    expect(callsOf(house.upstream)).toHaveLength(1)
    for (const { text } of all) {
      expect(text).toContain(': keepalive')
      expect(text).toContain('[DONE]')
    }
    const next = await house.sluice.send(CHAT, { body })
    expect(next.headers['x-sluice-cache']).toBe('hit')
    expect(next.text).not.toContain(': keepalive')
  })

  it('ends for all of them when their key ends', async () => {
    const house = await startCached({
      keys: [{ key: 'key-one', expiresAtMs: Date.now() + 1_500 }],
    })
    house.upstream.next({ ...SLOW, paceMs: 1_000, delayMs: 0 })
    const headers = { authorization: 'Bearer key-one' }
    const all = await Promise.all([1, 2].map(() => house.sluice.send(CHAT, { body, headers })))
    for (const { text } of all) expect(text).toContain('credential_expired')
    expect(callsOf(house.upstream)).toHaveLength(1)
    await eventually('both are settled', () => house.settlements.length === 2)
    expect(house.settlements.map(({ outcome }) => outcome)).toEqual([
      'unauthenticated',
      'unauthenticated',
    ])
  })
})

it('a call with no-cache does not follow one that began before it', async () => {
  const house = await startCached()
  house.upstream.next(SLOW, SLOW)
  const first = house.sluice.send(CHAT, { body: chatBody() })
  await asked(house)
  const second = house.sluice.send(CHAT, {
    body: chatBody(),
    headers: { 'cache-control': 'no-cache' },
  })
  await asked(house, 2)
  expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200])
})

it.each([
  ['callers', { authorization: 'Bearer key-one' }, { authorization: 'Bearer key-two' }],
  [
    'users of a caller',
    { authorization: 'Bearer key-one', 'x-user-id': 'ann' },
    { authorization: 'Bearer key-one', 'x-user-id': 'ben' },
  ],
])('calls of different %s are generated for each of them', async (_, one, other) => {
  const house = await startCached({ keys: ['key-one', 'key-two'] })
  house.upstream.next(SLOW, SLOW)
  const all = await Promise.all(
    [one, other, one, other].map((headers) =>
      house.sluice.send(CHAT, { body: chatBody(), headers }),
    ),
  )
  expect(callsOf(house.upstream)).toHaveLength(2)
  expect(all.map(({ headers }) => headers['x-sluice-cache']).toSorted()).toEqual([
    'hit',
    'hit',
    'miss',
    'miss',
  ])
})
