/** Strategies of aliases, with three upstreams. */
import { describe, expect, it } from 'vitest'
import { STRATEGIES } from '#router'
import {
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import type { House } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { eventually } from '../../tools/app/within.ts'
import { startThree } from '../../tools/gateway/three-upstreams.ts'

const DOORS = [
  [CHAT, chatBody('x', { model: 'best' })],
  [CHAT, chatBody('x', { model: 'best', stream: true })],
  [MESSAGES, messagesBody('x', { model: 'best', stream: true })],
  [RESPONSES, responsesBody('x', { model: 'best' })],
] as const

const targetOf = async (sluice: House, text = 'x') => {
  const { status, headers } = await sluice.send(CHAT, { body: chatBody(text, { model: 'best' }) })
  expect(status).toBe(200)
  return headers['x-sluice-target']
}

it('ordered goes down its list, and returns to its beginning', async () => {
  const { sluice, first, second } = await startThree({ breaker: false })
  const fails = { fault: { status: 503 } }
  expect(await targetOf(sluice)).toBe('first/gpt-4o')
  first.says(fails)
  expect(await targetOf(sluice)).toBe('second/gpt-4o')
  second.says(fails)
  expect(await targetOf(sluice)).toBe('third/gpt-4o')
  first.recovers()
  expect(await targetOf(sluice)).toBe('first/gpt-4o')
})

it('weighted sends each target its share', async () => {
  const { sluice, first, second, third } = await startThree({
    alias: { strategy: 'weighted', weights: [1, 1, 0] },
  })
  for (let call = 0; call < 60; call++) await targetOf(sluice)
  expect(first.count() + second.count()).toBe(60)
  // One in 10¹⁷ runs would have less.
  expect(Math.min(first.count(), second.count())).toBeGreaterThan(0)
  expect(third.count()).toBe(0)
})

it('weighted loses no call in a storm, and the others share those of the target that fails', async () => {
  const { sluice, first, second, third } = await startThree({
    alias: { strategy: 'weighted', weights: [8, 1, 1] },
  })
  first.says({ fault: { status: 503 } })
  for (let call = 0; call < 80; call++) await targetOf(sluice)
  expect(first.count()).toBe(5)
  expect(second.count() + third.count()).toBe(80)
  expect(Math.min(second.count(), third.count())).toBeGreaterThan(10)
})

it('least_busy counts streams until they end', async () => {
  const { sluice, first, second, third } = await startThree({ alias: { strategy: 'least_busy' } })
  const all = [first, second, third]
  for (const each of all)
    each.says({ parts: [{ text: 'one two three' }], fault: { stallAfterEvents: 2 } })
  const body = chatBody('x', { model: 'best', stream: true })
  const clients = []
  for (let stream = 1; stream <= 6; stream++) {
    const client = await openRawClient(sluice.url)
    client.write(toRequest(CHAT, body))
    await client.until('data: ')
    clients.push(client)
  }
  expect(all.map(({ count }) => count())).toEqual([2, 2, 2])
  for (const each of all) each.recovers()
  for (const { socket } of clients) socket.destroy()
  const ended = () => sluice.log.filter(({ outcome }) => outcome === 'client_left').length
  await eventually('all streams have ended', () => ended() === 6)
  expect(await targetOf(sluice)).toMatch(/^(first|second|third)\//)
})

it('lowest_latency leaves a target that is slow', async () => {
  const { sluice, first, second } = await startThree({
    alias: { strategy: 'lowest_latency', targets: ['first/gpt-4o', 'second/gpt-4o'] },
  })
  first.says({ parts: [{ text: 'slow' }], delayMs: 50 })
  for (let call = 0; call < 12; call++) await targetOf(sluice)
  expect(first.count()).toBeLessThan(3)
  expect(second.count()).toBeGreaterThan(9)
})

it('cheapest depends on the prices and on the size of the call', async () => {
  const { sluice } = await startThree({
    alias: { strategy: 'cheapest' },
    prices: [
      { target: 'second/*', rates: { input: 1, output: 10 } },
      { target: 'third/*', rates: { input: 4, output: 1 } },
      { target: 'first/*', rates: { input: 50, output: 50 } },
    ],
  })
  expect(await targetOf(sluice)).toBe('third/gpt-4o')
  expect(await targetOf(sluice, 'many words '.repeat(2_000))).toBe('second/gpt-4o')
})

it('cheapest sends a call that fails to the next by price', async () => {
  const { sluice, first, second } = await startThree({
    alias: { strategy: 'cheapest' },
    prices: [
      { target: 'first/*', rates: { input: 2, output: 2 } },
      { target: 'second/*', rates: { input: 1, output: 1 } },
      { target: 'third/*', rates: { input: 3, output: 3 } },
    ],
  })
  second.says({ fault: { html: 502 } })
  expect(await targetOf(sluice)).toBe('first/gpt-4o')
  first.says({ fault: { resetBeforeAnswer: true } })
  expect(await targetOf(sluice)).toBe('third/gpt-4o')
})

describe.each(STRATEGIES)('%s', (strategy) => {
  it('loses no call while one of three targets fails, whichever it is', async () => {
    const { sluice, first, second, third } = await startThree({ alias: { strategy } })
    for (const ill of [first, second, third]) {
      ill.says({ fault: { status: 503 } })
      for (let call = 0; call < 12; call++) {
        const [path, body] = DOORS[call % DOORS.length] ?? DOORS[0]
        const { status, text } = await sluice.send(path, { body })
        expect(status, text).toBe(200)
        expect(text).toContain('three')
      }
      ill.recovers()
    }
  })

  it('sends all calls to the one that is left', async () => {
    const { sluice, first, second, third } = await startThree({ alias: { strategy } })
    first.says({ fault: { resetBeforeAnswer: true } })
    second.says({ fault: { status: 500 } })
    for (let call = 0; call < 20; call++) expect(await targetOf(sluice)).toBe('third/gpt-4o')
    expect(third.count()).toBe(20)
    expect(Math.max(first.count(), second.count())).toBeLessThanOrEqual(5)
  })
})

it('a strategy chooses among the targets that the caller may use', async () => {
  const { sluice, third } = await startThree({
    alias: { strategy: 'weighted', weights: [1, 1, 1] },
    keys: [{ key: 'one-key', models: ['third/*'] }],
  })
  for (let call = 0; call < 5; call++) {
    const { status } = await sluice.send(CHAT, {
      body: chatBody('x', { model: 'best' }),
      headers: { authorization: 'Bearer one-key' },
    })
    expect(status).toBe(200)
  }
  expect(third.count()).toBe(5)
})
