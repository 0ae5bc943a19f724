/** Keys of one provider that take turns, on a clock that only the test moves. */
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { createKeyPool, type KeyRest } from '../../../src/providers/http/key-pool.ts'
import { createChance, createClock } from '../../tools/router/virtual.ts'

const toOwn = (secret: string) => ({ secret, headers: ['authorization', secret] })

const start = (count = 3) => {
  const clock = createClock()
  const rests: KeyRest[] = []
  const keys = Array.from({ length: count }, (_, at) => toOwn(`key ${at}`))
  const pool = createKeyPool({ keys, now: clock.now })
  pool.onRest((rest) => rests.push(rest))
  const taken = () => Number(pool.take().headers[1]?.slice('key '.length))
  return { clock, pool, rests, taken }
}

const limited = (retryAfterMs?: number) =>
  new GatewayError(
    'upstream_rate_limited',
    'Slow down.',
    retryAfterMs === undefined ? {} : { retryAfterMs },
  )
const refused = (status = 401) => new GatewayError('upstream_denied', 'No.', { status })

describe('the keys of a pool', () => {
  it('take turns', () => {
    const { taken } = start()
    expect([1, 2, 3, 4, 5, 6].map(taken)).toEqual([0, 1, 2, 0, 1, 2])
  })

  it('rest one by one, and are named by their position', () => {
    const { pool, rests, taken } = start()
    pool.take().failed(limited(5_000))
    expect([1, 2, 3, 4].map(taken)).toEqual([1, 2, 1, 2])
    pool.take().failed(refused())
    expect([1, 2].map(taken)).toEqual([2, 2])
    expect(pool.wakesInMs).toBe(0)
    expect(pool.restsMs).toEqual([5_000, 60_000, 0])
    expect(rests).toMatchObject([
      { position: 1, reason: 'limited', restMs: 5_000 },
      { position: 2, reason: 'refused', restMs: 60_000 },
    ])
  })

  it('are used although all of them rest: the one that wakes first', () => {
    const { clock, pool, taken } = start()
    for (const ms of [9_000, 3_000, 6_000]) pool.take().failed(limited(ms))
    expect(pool.wakesInMs).toBe(3_000)
    expect([1, 2].map(taken)).toEqual([1, 1])
    clock.pass(6_000)
    expect([1, 2, 3].map(taken)).toEqual([2, 1, 2])
  })

  it('do not rest for what is not about them', () => {
    const { pool, rests } = start()
    for (const error of [refused(402), refused(403), new GatewayError('upstream_failed', 'No.')])
      pool.take().failed(error)
    expect(rests).toEqual([])
  })

  it('rest a second where a limit does not say how long, and an hour at most', () => {
    const { pool, rests } = start()
    pool.take().failed(limited())
    pool.take().failed(limited(86_400_000))
    expect(rests.map(({ restMs }) => restMs)).toEqual([1_000, 3_600_000])
  })
})

it.each([1, 2, 3, 4, 5])('a limited key rests exactly as long as told (seed %i)', (seed) => {
  const chance = createChance(seed)
  const { clock, pool, taken } = start(4)
  const until = [0, 0, 0, 0]
  for (let step = 0; step < 5_000; step++) {
    if (chance() < 0.3) {
      const key = pool.take()
      const at = Number(key.headers[1]?.slice('key '.length))
      const ms = Math.floor(chance() * 8_000)
      key.failed(limited(ms))
      until[at] = Math.max(until[at] ?? 0, clock.now() + ms)
    }
    clock.pass(Math.floor(chance() * 1_000))
    const awake = [0, 1, 2, 3].filter((at) => (until[at] ?? 0) <= clock.now())
    expect(pool.wakesInMs).toBe(Math.max(0, Math.min(...until) - clock.now()))
    // Every key that is awake has its turn, and no other.
    if (awake.length === 0) continue
    const turns = new Set(awake.map(taken))
    expect([...turns].toSorted()).toEqual(awake)
  }
})

describe('what is told of a key', () => {
  it('is its fingerprint, from which nobody learns the key', () => {
    const { pool, rests } = start()
    pool.take().failed(limited(5_000))
    const [{ fingerprint = '' } = {}] = rests
    expect(fingerprint).toMatch(/^[0-9a-f]{12}$/)
    expect(JSON.stringify(rests)).not.toContain('key 0')
  })

  it('is one piece of news of many refusals at once', () => {
    const { clock, pool, rests } = start(1)
    for (let call = 0; call < 100; call++) {
      pool.take().failed(limited(60_000))
      clock.pass(1)
    }
    expect(rests).toHaveLength(1)
    clock.pass(60_000)
    pool.take().failed(limited(60_000))
    expect(rests).toHaveLength(2)
  })

  it('lets the same key rest in another process, wherever it is in the list', () => {
    const here = start()
    const clock = createClock()
    const there = createKeyPool({ keys: ['other', 'key 0'].map(toOwn), now: clock.now })
    here.pool.onRest(({ fingerprint, restMs }) => there.rest(fingerprint, restMs))
    here.pool.take().failed(limited(5_000))
    here.pool.take().failed(limited(7_000))
    expect(there.restsMs).toEqual([0, 5_000])
  })

  it('shortens no rest, lengthens none beyond an hour, and is not told again', () => {
    const { pool, rests } = start()
    pool.take().failed(limited(5_000))
    const [{ fingerprint = '' } = {}] = rests
    pool.rest(fingerprint, 1_000)
    expect(pool.restsMs).toEqual([5_000, 0, 0])
    pool.rest(fingerprint, 1e15)
    expect(pool.restsMs).toEqual([3_600_000, 0, 0])
    expect(rests).toHaveLength(1)
  })
})

describe('the keys of conversations', () => {
  const chance = createChance(3)
  const conversation = () => ({
    id: '',
    seed: Math.floor(chance() * 2 ** 32),
    salt: Math.floor(chance() * 2 ** 32),
    callerId: '',
  })
  type Choice = NonNullable<Parameters<ReturnType<typeof createKeyPool>['take']>[0]>
  const choiceOf = (more: Partial<Choice> = {}): Choice => ({
    conversation: undefined,
    wantedKey: undefined,
    used: { key: undefined },
    ...more,
  })
  const all = Array.from({ length: 3_000 }, () => choiceOf({ conversation: conversation() }))

  it('are the same for all turns, and equally many for each', () => {
    const { pool } = start()
    const counts = new Map<string, number>()
    for (const choice of all) {
      const { fingerprint: name } = pool.take(choice)
      for (let turn = 0; turn < 3; turn++) expect(pool.take(choice).fingerprint).toBe(name)
      expect(choice.used.key).toBe(name)
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    expect(counts.size).toBe(3)
    for (const count of counts.values()) expect(Math.abs(count / 3_000 - 1 / 3)).toBeLessThan(0.04)
  })

  it('change only for those whose key rests, until it is awake', () => {
    const { clock, pool } = start()
    const before = all.map((choice) => pool.take(choice).fingerprint)
    const rested = pool.take()
    rested.failed(limited(5_000))
    for (const [at, choice] of all.entries()) {
      const { fingerprint: name } = pool.take(choice)
      if (before[at] === rested.fingerprint) expect(name).not.toBe(rested.fingerprint)
      else expect(name).toBe(before[at])
    }
    clock.pass(5_000)
    expect(all.map((choice) => pool.take(choice).fingerprint)).toEqual(before)
  })

  it('do not depend on the order of the list', () => {
    const keys = [1, 2, 3].map((at) => toOwn(`key ${at}`))
    const [one, other] = [createKeyPool({ keys }), createKeyPool({ keys: keys.toReversed() })]
    for (const choice of all.slice(0, 200))
      expect(other.take(choice).fingerprint).toBe(one.take(choice).fingerprint)
  })

  it('give way to the key that has what the call refers to, while it is awake', () => {
    const { pool } = start()
    const wanted = pool.take()
    for (const choice of all.slice(0, 50))
      expect(pool.take({ ...choice, wantedKey: wanted.fingerprint }).fingerprint).toBe(
        wanted.fingerprint,
      )
    wanted.failed(limited(5_000))
    expect(pool.take(choiceOf({ wantedKey: wanted.fingerprint })).fingerprint).not.toBe(
      wanted.fingerprint,
    )
  })

  it('take turns for calls without a conversation', () => {
    const { pool } = start()
    const taken = [1, 2, 3, 4].map(() => pool.take(choiceOf()).headers[1])
    expect(taken).toEqual(['key 0', 'key 1', 'key 2', 'key 0'])
  })

  it('are named by nothing that can be read', () => {
    expect(start().pool.take().fingerprint).toMatch(/^[0-9a-f]{12}$/)
  })
})
