/** Strategies of aliases, with three upstreams. */
import { expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import type { House } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { eventually } from '../../tools/app/within.ts'
import { startThree } from '../../tools/gateway/three-upstreams.ts'

const targetOf = async (sluice: House, text = 'x') => {
  const { status, headers } = await sluice.send(CHAT, { body: chatBody(text, { model: 'best' }) })
  expect(status).toBe(200)
  return headers['x-sluice-target']
}

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
    each.says({ parts: [{ text: 'one two three' }], fault: { stallAfterEvents: 1 } })
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
