/** Metrics as the client of Prometheus for Python reads them, and those about a real Redis. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { parseWithPython } from '../../tools/telemetry/python-parser.ts'
import { ADMIN, readMetrics, scrape } from '../../tools/telemetry/scrape.ts'

const ACCEPT = { text: 'text/plain', openmetrics: 'application/openmetrics-text' } as const

describe.runIf(withServers)('the client for Python', () => {
  it.each(['text', 'openmetrics'] as const)('reads %s', async (format) => {
    const { sluice } = await startHouse({ adminKeys: [ADMIN] })
    await sluice.send(CHAT, { body: chatBody() })
    await sluice.send(MESSAGES, { body: messagesBody('x', { stream: true }) })
    await sluice.send('/v1/nowhere')
    const { text } = await readMetrics(sluice, { accept: ACCEPT[format] })
    const samples = parseWithPython(format, text)
    const calls = samples.filter(([, , name]) => name === 'sluice_calls_total')
    expect(calls.map(([family, type, , , value]) => [family, type, value])).toEqual([
      ['sluice_calls', 'counter', 1],
      ['sluice_calls', 'counter', 1],
    ])
    const buckets = samples.filter(([, , name]) => name === 'sluice_first_byte_seconds_bucket')
    expect(buckets.some(([, , , { le }]) => le === '1.0')).toBe(true)
    expect(samples.filter(([, type]) => type === 'unknown')).toEqual([])
  })

  it('reads names of every kind', async () => {
    const { sluice } = await startHouse({
      adminKeys: [ADMIN],
      upstream: { models: ['a"b\\c', 'ä 模型', '{le="1"}'] },
    })
    for (const model of ['a"b\\c', 'ä 模型', '{le="1"}'])
      await sluice.send(CHAT, { body: chatBody('x', { model: `openai/${model}` }) })
    const { text } = await readMetrics(sluice, { accept: ACCEPT.openmetrics })
    const models = parseWithPython('openmetrics', text)
      .filter(([, , name]) => name === 'sluice_calls_total')
      .map(([, , , { model }]) => model)
    expect(models).toEqual(['a"b\\c', 'ä 模型', '{le="1"}'])
  })
})

describe.runIf(withServers)('a Redis', () => {
  it('has its latency and its state among the metrics', async () => {
    const redis = await startRedis()
    const { sluice } = await startHouse({
      keys: ['sk-key'],
      adminKeys: [ADMIN],
      redisUrl: redis.url,
      callerLimits: { everyCaller: { windowRequests: 100 } },
    })
    const headers = { authorization: 'Bearer sk-key' }
    for (let at = 0; at < 3; at++) await sluice.send(CHAT, { body: chatBody(), headers })
    const well = await scrape(sluice)
    expect(well.sum('sluice_live_store_seconds_count')).toBe(3)
    expect(well.sum('sluice_live_store_seconds_sum')).toBeGreaterThan(0)
    expect(well.sum('sluice_live_store_up', { store: 'redis' })).toBe(1)
    redis.freeze()
    await sluice.send(CHAT, { body: chatBody(), headers })
    const ill = await scrape(sluice)
    redis.thaw()
    expect(ill.sum('sluice_live_store_up', { store: 'redis' })).toBe(0)
    expect(ill.sum('sluice_live_store_seconds_count')).toBe(4)
    expect(ill.sum('sluice_live_store_seconds_sum')).toBeGreaterThan(0.09)
  })
})
