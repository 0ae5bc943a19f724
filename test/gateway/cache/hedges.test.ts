/** A call that leads may be sent to two targets. A hit is sent to none. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually, PATIENCE_MS, within } from '../../tools/app/within.ts'
import { CACHE } from '../../tools/gateway/cached-house.ts'
import { SILENT, startPair } from '../../tools/gateway/hedged-pair.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const startCachedPair = async (second: Answer) => {
  const pair = await startPair([openaiAt, anthropicAt], { cache: CACHE })
  pair.says[1] = second
  const upstreams = [pair.first, pair.second]
  return { ...pair, upstreams, counts: () => upstreams.map((each) => callsOf(each).length) }
}

describe.each([
  ['a complete answer', false],
  ['a stream', true],
])('%s', (_, stream) => {
  const body = chatBody('x', { model: 'pair', stream })
  const late = { parts: [{ text: 'It works.' }], usage: { input: 100, output: 10 }, delayMs: 300 }

  it('is asked of two targets once, and then nobody is asked', async () => {
    const { sluice, first: silent, settlements, counts } = await startCachedPair(late)
    const together = await Promise.all([sluice.send(CHAT, { body }), sluice.send(CHAT, { body })])
    const third = await sluice.send(CHAT, { body })
    const uses = together.map(({ headers }) => headers['x-sluice-cache'])
    expect(uses.toSorted()).toEqual(['hit', 'miss'])
    expect(third.headers['x-sluice-cache']).toBe('hit')
    for (const { status, text, headers } of [...together, third]) {
      expect(status).toBe(200)
      expect(text).toContain('It works')
      expect(headers['x-sluice-target']).toBe(`second/${CLAUDE}`)
    }
    expect(counts()).toEqual([1, 1])
    await within(PATIENCE_MS, 'the slower one is cancelled', callsOf(silent)[0]!.closed)
    await eventually('all are settled', () => settlements.length === 3)
    const made = settlements.find(({ cache }) => cache === 'miss')
    expect(made).toMatchObject({ attempts: 2, lane: 'translate', outcome: 'ok' })
    expect(made?.cost).toBeGreaterThan((100 + 2 * 10) / 1e6)
    for (const hit of settlements.filter(({ cache }) => cache === 'hit'))
      expect(hit).toMatchObject({ attempts: 0, cost: 0, saved: made?.cost })
  })

  it('goes on for others if the client leaves that came first', async () => {
    const { sluice, settlements, counts } = await startCachedPair({ ...late, delayMs: 1_500 })
    const client = await openRawClient(sluice.url)
    client.write(toRequest(CHAT, body))
    await eventually('two are asked', () => counts()[1] === 1)
    const second = sluice.send(CHAT, { body })
    await sleep(300)
    client.socket.destroy()
    expect((await second).text).toContain('It works')
    expect(counts()).toEqual([1, 1])
    await eventually('both are settled', () => settlements.length === 2)
    expect(settlements.find(({ cache }) => cache === 'miss')).toMatchObject({
      outcome: 'client_left',
      attempts: 2,
    })
  })

  it('that the last client does not wait for ends both', async () => {
    const { sluice, upstreams, settlements, counts } = await startCachedPair(SILENT)
    const client = await openRawClient(sluice.url)
    client.write(toRequest(CHAT, body))
    await eventually('two are asked', () => counts()[1] === 1)
    client.socket.destroy()
    for (const upstream of upstreams)
      await within(PATIENCE_MS, 'the upstream closes', callsOf(upstream)[0]!.closed)
    await eventually('it is settled', () => settlements.length === 1)
    expect(settlements).toMatchObject([{ outcome: 'client_left', attempts: 2, cache: 'miss' }])
    expect(settlements[0]?.failedAttempts?.length).toBe(1)
  })
})
