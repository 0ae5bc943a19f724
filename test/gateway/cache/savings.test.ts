/** What the cache did is in the log, the ledger and the metrics, and says nothing about targets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CHAT, chatBody, GPT } from '../../tools/app/asks.ts'
import { startCached } from '../../tools/gateway/cached-house.ts'
import { TARGETS } from '../../tools/gateway/settled-house.ts'
import { ADMIN, scrape } from '../../tools/telemetry/scrape.ts'

describe('the cache', () => {
  it('writes what it did and what it saved to the log', async () => {
    const { sluice } = await startCached()
    await sluice.send(CHAT, { body: chatBody() })
    await sluice.send(CHAT, { body: chatBody() })
    const { cost } = await sluice.logged(({ cache }) => cache === 'miss')
    const hit = await sluice.logged(({ cache }) => cache === 'hit')
    expect(hit).toMatchObject({ cost: 0, saved: cost, attempts: 0, tokensIn: 0, tokensOut: 0 })
  })

  it('has each hit in the ledger, as a call that used nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-cache-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const { upstream, sluice } = await startCached({ rows: { folder } })
    upstream.next({ parts: [{ text: 'hi' }], usage: { input: 100, output: 7 } })
    for (let time = 0; time < 3; time++) await sluice.send(CHAT, { body: chatBody() })
    const { json } = await sluice.send('/v1/usage?by=model&since=1h')
    expect(json.data).toMatchObject([
      {
        key: TARGETS.openai,
        calls: 3,
        input_tokens: 100,
        output_tokens: 7,
        unpriced_calls: 0,
        cost: (100 + 2 * 7) / 1e6,
        cached_calls: 2,
        saved: (2 * (100 + 2 * 7)) / 1e6,
      },
    ])
  })
})

describe('a hit', () => {
  it('is no attempt, and says nothing of the target', async () => {
    const { sluice } = await startCached({ adminKeys: [ADMIN] })
    const sending = { body: chatBody('hello', { stream: true }) }
    await sluice.send(CHAT, sending)
    for (let time = 0; time < 3; time++) await sluice.send(CHAT, sending)
    await sluice.send(CHAT, { ...sending, headers: { 'cache-control': 'no-store' } })
    const { sum } = await scrape(sluice)
    const target = { provider: 'openai', model: GPT }
    expect(sum('sluice_cache_calls_total', { use: 'hit' })).toBe(3)
    expect(sum('sluice_cache_calls_total', { use: 'miss' })).toBe(1)
    expect(sum('sluice_cache_calls_total', { use: 'bypass' })).toBe(1)
    expect(sum('sluice_calls_total', { ...target, outcome: 'ok' })).toBe(5)
    expect(sum('sluice_attempts_total', target)).toBe(2)
    expect(sum('sluice_first_byte_seconds_count', target)).toBe(2)
    expect(sum('sluice_overhead_seconds_count')).toBe(2)
    const cost = sum('sluice_cost_dollars_total', target)
    expect(sum('sluice_cache_saved_dollars_total', target)).toBeCloseTo((3 * cost) / 2, 12)
    expect(sum('sluice_calls_in_progress') + sum('sluice_streams_in_progress')).toBe(0)
  })

  it('comes from a target that is skipped, and does not close its breaker', async () => {
    const { upstream, sluice } = await startCached({
      aliases: [{ name: 'both', targets: [TARGETS.openai, TARGETS.anthropic] }],
      breaker: { failures: 2, ratio: 1, windowMs: 60_000, restMs: 60_000 },
      retry: { retries: 0, baseMs: 1 },
    })
    const askFor = (text: string) => sluice.send(CHAT, { body: chatBody(text, { model: 'both' }) })
    await askFor('hello')
    for (const text of ['one', 'two']) {
      upstream.next({ fault: { status: 500 } })
      expect((await askFor(text)).headers).toMatchObject({
        'x-sluice-target': TARGETS.anthropic,
        'x-sluice-attempts': '2',
      })
    }
    await sluice.logged(({ target, msg }) => target === TARGETS.openai && `${msg}`.includes('skip'))
    expect((await askFor('hello')).headers).toMatchObject({
      'x-sluice-cache': 'hit',
      'x-sluice-target': TARGETS.openai,
    })
    expect((await askFor('three')).headers).toMatchObject({
      'x-sluice-target': TARGETS.anthropic,
      'x-sluice-attempts': '1',
    })
  })
})
