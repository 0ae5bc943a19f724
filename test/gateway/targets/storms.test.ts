/** A target that fails for a while costs no call while another one is left, and is used again when it works. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { AliasOptions } from '#router'
import {
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import type { House } from '../../tools/app/house.ts'
import { startThree } from '../../tools/gateway/three-upstreams.ts'
import { eventually } from '../../tools/app/within.ts'
import type { Fault } from '../../tools/upstream/answers/answer.ts'

const DEAD = 'http://127.0.0.1:1'
const DOORS = [
  [CHAT, chatBody('x', { model: 'best' })],
  [CHAT, chatBody('x', { model: 'best', stream: true })],
  [MESSAGES, messagesBody('x', { model: 'best', stream: true })],
  [RESPONSES, responsesBody('x', { model: 'best', stream: true })],
] as const

const askAll = async (sluice: House, calls: number) => {
  const answers = []
  for (let call = 0; call < calls; call++) {
    const [path, body] = DOORS[call % DOORS.length] ?? DOORS[0]
    answers.push(await sluice.send(path, { body }))
  }
  return answers
}
const ask = (sluice: House, model = 'best') => sluice.send(CHAT, { body: chatBody('x', { model }) })

const statusesOf = (answers: readonly { status: number }[]) => [
  ...new Set(answers.map(({ status }) => status)),
]

describe('a storm at the first of three targets', () => {
  it.each<[string, Fault, number]>([
    ['500', { status: 500 }, 5],
    ['503', { status: 503 }, 5],
    ['529', { status: 529 }, 5],
    ['HTML', { html: 502 }, 5],
    ['resets', { resetBeforeAnswer: true }, 5],
    ['answers that never come', { neverAnswer: true }, 5],
    ['401', { status: 401 }, 5],
    ['429 that says how long', { status: 429, headers: { 'retry-after': '60' } }, 1],
    ['503 that says how long', { status: 503, headers: { 'retry-after': '60' } }, 1],
  ])('of %s costs no call, and the storm is soon avoided', async (_, fault, most) => {
    const { sluice, first, second, third } = await startThree(
      'neverAnswer' in fault ? { patienceMs: 100 } : {},
    )
    first.says({ fault })
    const answers = await askAll(sluice, 24)
    expect(statusesOf(answers)).toEqual([200])
    expect(first.count()).toBe(most)
    expect(second.count()).toBe(24)
    expect(third.count()).toBe(0)
    for (const { headers } of answers.slice(most)) expect(headers['x-sluice-attempts']).toBe('1')
  })

  it('that cannot be reached costs no call either', async () => {
    const { sluice, second } = await startThree({ firstUrl: DEAD })
    const answers = await askAll(sluice, 12)
    expect(statusesOf(answers)).toEqual([200])
    expect(answers.map(({ headers }) => headers['x-sluice-attempts'])).toEqual([
      ...Array.from({ length: 5 }, () => '2'),
      ...Array.from({ length: 7 }, () => '1'),
    ])
    expect(second.count()).toBe(12)
  })

  it('of 429 that does not say how long costs no call', async () => {
    const { sluice, first } = await startThree()
    first.says({ fault: { status: 429 } })
    expect(statusesOf(await askAll(sluice, 24))).toEqual([200])
    expect(first.count()).toBeLessThan(12)
  })

  it('costs no call while many are sent at once', async () => {
    const { sluice, first, second } = await startThree()
    first.says({ fault: { status: 503 } })
    second.says({ fault: { status: 429, headers: { 'retry-after': '60' } } })
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(sluice)))
    expect(statusesOf(answers)).toEqual([200])
    const later = await ask(sluice)
    expect(later.headers).toMatchObject({
      'x-sluice-target': 'third/gpt-4o',
      'x-sluice-attempts': '1',
    })
  })

  it('is logged once when it begins, and once when it is over', async () => {
    const { sluice, first } = await startThree({
      breaker: { failures: 3, ratio: 1, windowMs: 60_000, restMs: 20 },
    })
    first.says({ fault: { status: 500 } })
    await askAll(sluice, 8)
    first.recovers()
    while ((await ask(sluice)).headers['x-sluice-target'] !== 'first/gpt-4o') await sleep(5)
    const lines = sluice.log.filter(
      ({ target, msg }) => target === 'first/gpt-4o' && msg !== 'call',
    )
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'fails, and is skipped where it can be'],
      [30, 'answers again'],
    ])
  })
})

describe('a storm that is none', () => {
  it.each([400, 413, 422])('of %i does not move a target', async (status) => {
    const { sluice, first } = await startThree()
    first.says({ fault: { status } })
    for (let call = 0; call < 30; call++) expect((await ask(sluice)).status).toBe(status)
    first.recovers()
    expect((await ask(sluice)).headers['x-sluice-target']).toBe('first/gpt-4o')
  })

  it('is not avoided if that is turned off', async () => {
    const { sluice, first } = await startThree({ breaker: false })
    first.says({ fault: { status: 503, headers: { 'retry-after': '60' } } })
    expect(statusesOf(await askAll(sluice, 12))).toEqual([200])
    expect(first.count()).toBe(12)
  })
})

it('a target whose streams break off after they have begun is skipped', async () => {
  const { sluice, first } = await startThree()
  first.says({ parts: [{ text: 'one two three four' }], fault: { cutAfterEvents: 3 } })
  const body = chatBody('x', { model: 'best', stream: true })
  for (let call = 0; call < 20; call++) await sluice.send(CHAT, { body })
  expect(first.count()).toBe(20)
  const { status, headers } = await sluice.send(CHAT, { body })
  expect([status, headers['x-sluice-target']]).toEqual([200, 'second/gpt-4o'])
})

describe('a call without another target', () => {
  it('is sent however often it failed, and answered at once when the upstream recovers', async () => {
    const { sluice, first } = await startThree({ retry: { retries: 0, baseMs: 1 } })
    for (const fault of [{ status: 503 }, { status: 429, headers: { 'retry-after': '60' } }]) {
      first.says({ fault })
      for (let call = 0; call < 12; call++)
        expect((await ask(sluice, 'first/gpt-4o')).status).toBe(fault.status)
      first.recovers()
      expect((await ask(sluice, 'first/gpt-4o')).status).toBe(200)
    }
    expect(first.count()).toBe(26)
  })

  it('is sent to all targets if all of them are skipped', async () => {
    const { sluice, first, second, third } = await startThree({ retry: { retries: 0, baseMs: 1 } })
    const all = [first, second, third]
    for (const each of all) each.says({ fault: { status: 500 } })
    for (let call = 0; call < 8; call++) expect((await ask(sluice)).status).toBe(500)
    expect(all.map(({ count }) => count())).toEqual([8, 8, 8])
    third.recovers()
    expect((await ask(sluice)).headers['x-sluice-target']).toBe('third/gpt-4o')
    // It is the only one that is known to work now.
    expect((await ask(sluice)).headers['x-sluice-attempts']).toBe('1')
  })

  it('is sent to a target that is skipped after the one that works refused it for the moment', async () => {
    const { sluice, first, second, third } = await startThree({
      alias: { targets: ['first/gpt-4o', 'second/gpt-4o'] },
    })
    first.says({ fault: { status: 500 } })
    for (let call = 0; call < 5; call++) await ask(sluice)
    first.recovers()
    second.says({ fault: { status: 429, headers: { 'retry-after': '60' } } })
    const { status, headers } = await ask(sluice)
    expect([status, headers['x-sluice-target']]).toEqual([200, 'first/gpt-4o'])
    expect(third.count()).toBe(0)
  })
})

it('only one call at a time finds out whether a target works again', async () => {
  const { sluice, first, second } = await startThree({
    patienceMs: 2_000,
    breaker: { failures: 2, ratio: 1, windowMs: 60_000, restMs: 30 },
  })
  first.says({ fault: { status: 500 } })
  for (let call = 0; call < 2; call++) await ask(sluice)
  expect(first.count()).toBe(2)
  first.says({ fault: { neverAnswer: true } })
  await sleep(40)
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask(sluice)))
  expect(statusesOf(answers)).toEqual([200])
  expect(first.count()).toBe(3)
  expect(second.count()).toBe(32)
})

describe('of 200 calls at the moment at which a target may be well again, one finds out', () => {
  const start = (alias: Partial<AliasOptions>) =>
    startThree({
      alias,
      patienceMs: 3_000,
      breaker: { failures: 2, ratio: 1, windowMs: 60_000, restMs: 50 },
      retry: { retries: 0, baseMs: 1 },
    })

  it.each(['ordered', 'weighted', 'least_busy', 'lowest_latency'] as const)(
    'with the strategy %s, and no call fails',
    async (strategy) => {
      const { sluice, first, second, third } = await start({ strategy })
      first.says({ fault: { status: 500 } })
      for (let call = 0; call < 2; call++) await ask(sluice, 'first/gpt-4o')
      first.says({ fault: { neverAnswer: true } })
      await sleep(60)
      const answers = Promise.all(Array.from({ length: 200 }, () => ask(sluice)))
      await eventually('all others', () => second.count() + third.count() >= 199)
      expect(first.count()).toBeLessThanOrEqual(2 + 1)
      expect(statusesOf(await answers)).toEqual([200])
    },
  )

  it('of all models of its provider, too', async () => {
    const { sluice, first, second } = await start({
      targets: ['first/gpt-4o', 'first/gpt-4o-mini', 'second/gpt-4o'],
    })
    first.says({ fault: { status: 401 } })
    for (let call = 0; call < 2; call++) await ask(sluice, 'first/gpt-4o')
    first.says({ fault: { neverAnswer: true } })
    await sleep(60)
    const answers = Promise.all(Array.from({ length: 200 }, () => ask(sluice)))
    await eventually('all others', () => second.count() >= 199)
    expect(first.count()).toBe(2 + 1)
    expect(statusesOf(await answers)).toEqual([200])
  })
})

it('vectors avoid a storm, too', async () => {
  const { sluice, first, second } = await startThree({
    alias: { targets: ['first/text-embedding-3-small', 'second/text-embedding-3-small'] },
  })
  first.says({ fault: { status: 503 } })
  const body = { model: 'best', input: 'x' }
  for (let call = 0; call < 10; call++)
    expect((await sluice.send('/v1/embeddings', { body })).status).toBe(200)
  expect([first.count(), second.count()]).toEqual([5, 10])
})
