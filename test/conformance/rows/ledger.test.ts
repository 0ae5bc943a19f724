/** The ledger: a row a call, written once, and reports that are sums over the rows. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Settlement } from '#model'
import type { LedgerTable } from '#stores'
import { toUsageQuery, type UsageReport } from '#usage'
import { createToRow } from '../../../src/usage/ledger/rows/ledger-row.ts'
import { COLUMNS } from '../../../src/usage/ledger/rows/columns.ts'
import { writeBatch } from '../../../src/usage/ledger/rows/write-batch.ts'
import { rowsAt, startLedger } from '../../tools/stores/ledger-under-test.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'

const under = useRowsUnderTest()

const toBatch = (settlements: readonly Settlement[], prefix = 'row'): string => {
  const toRow = createToRow((text) => text)
  return JSON.stringify(
    settlements.map((settlement, at) => {
      const row = toRow(settlement, `${prefix}-${String(at).padStart(6, '0')}`)
      return COLUMNS.map(([name]) => row[name])
    }),
  )
}

describe(`the ledger in ${under.kind}`, () => {
  it('has a row for each call, with everything that is known of it', async () => {
    const place = await under.place()
    const ledger = startLedger(place)
    const kinds = {
      audioInputTokens: 1,
      audioCacheReadTokens: 2,
      audioOutputTokens: 3,
      imageInputTokens: 4,
      imageCacheReadTokens: 5,
      imageOutputTokens: 6,
      cacheWrite1hTokens: 7,
      serviceTier: 'flex',
    }
    const usage = { ...toSettlement().usage, ...kinds }
    ledger.settle(
      toSettlement({ callerName: 'ci', owner: 'team-a', tags: 'env=test,nightly', usage }),
    )
    await ledger.close()
    const [row, ...others] = await rowsAt(place)
    expect(others).toEqual([])
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{9}-[0-9a-f]{12}-0000000$/),
      ended_at: Date.UTC(2026, 10, 29, 12, 0, 30),
      request_id: 'req_1',
      log_request_id: 'req_1',
      caller_id: 'caller',
      key_name: 'ci',
      owner: 'team-a',
      route: 'POST /v1/chat/completions',
      model: 'gpt-4o',
      provider: 'openai',
      target_model: 'gpt-4o',
      service_tier: 'flex',
      input_tokens: 100,
      cache_read_tokens: 40,
      cache_write_tokens: 10,
      cache_write_1h_tokens: 7,
      output_tokens: 20,
      reasoning_tokens: 5,
      audio_input_tokens: 1,
      audio_cache_read_tokens: 2,
      audio_output_tokens: 3,
      image_input_tokens: 4,
      image_cache_read_tokens: 5,
      image_output_tokens: 6,
      estimated: 0,
      cost_pico: 250_000_000,
      outcome: 'ok',
      attempts: 1,
      first_byte_ms: 12.3,
      duration_ms: 56.8,
      tags: 'env=test,nightly',
      cache: null,
      saved_pico: null,
    })
  })

  it('has what the cache did for a call, and what that saved', async () => {
    const place = await under.place()
    const ledger = startLedger(place)
    const calls = [
      { cache: 'miss', cost: 0.5 },
      { cache: 'bypass', cost: null },
      { cache: 'hit', cost: 0, saved: 0.5 },
      { cache: 'hit', cost: 0, saved: null },
      { cache: 'hit', cost: 0, saved: 0 },
    ] as const
    for (const call of calls) ledger.settle(toSettlement(call))
    expect((await ledger.report(toUsageQuery({}))).total).toMatchObject({
      calls: 5,
      unpriced_calls: 1,
      cost: 0.5,
      cached_calls: 3,
      saved: 0.5,
    })
    await ledger.close()
    const rows = await rowsAt(place)
    expect(rows.map(({ cache, saved_pico: saved }) => [cache, saved])).toEqual([
      ['miss', null],
      ['bypass', null],
      ['hit', 500_000_000_000],
      ['hit', null],
      ['hit', 0],
    ])
  })

  it('does not know what hits saved if it is known of none', async () => {
    const ledger = startLedger(await under.place())
    for (let time = 0; time < 2; time++)
      ledger.settle(toSettlement({ cache: 'hit', cost: 0, saved: null }))
    expect((await ledger.report(toUsageQuery({}))).total).toMatchObject({
      cost: 0,
      cached_calls: 2,
      saved: null,
    })
  })

  it('takes rows that a version before it has written', async () => {
    const store = await under.at(await under.place()).open()
    const [row = []] = JSON.parse(toBatch([toSettlement()])) as unknown[][]
    await writeBatch(store, JSON.stringify([row.slice(0, row.length - 2)]))
    expect(await store.db.selectFrom('ledger_minutes').selectAll().execute()).toMatchObject([
      { calls: 1, cached_calls: 0, unpriced_cached_calls: 0, saved_pico: 0 },
    ])
  })

  it('loses no row when it is closed, and keeps their order', async () => {
    const place = await under.place()
    const ledger = startLedger(place)
    const asked = Array.from({ length: 2_500 }, (_, at) => `req_${at}`)
    for (const requestId of asked) ledger.settle(toSettlement({ requestId }))
    await ledger.close()
    expect((await rowsAt(place)).map((row) => row.request_id)).toEqual(asked)
    expect(ledger.log).toEqual([])
  })

  it('stores whatever a client or an upstream said', async () => {
    const place = await under.place()
    const ledger = startLedger(place, (text) => text.replaceAll('sk-secret', '[redacted]'))
    const usage = {
      inputTokens: Infinity,
      cacheReadTokens: -5,
      cacheWriteTokens: Number.NaN,
      outputTokens: 1e300,
      reasoningTokens: 1.5,
    }
    ledger.settle(
      toSettlement({
        model: 'a\0b\ud800c\'"\\;🙂 sk-secret',
        target: { provider: 'p', model: 'm'.repeat(100_000) },
        callerId: 'i'.repeat(300),
        tags: 'ü'.repeat(10_000),
        owner: '\udfff'.repeat(300),
        usage,
        cost: null,
      } as object),
    )
    await ledger.close()
    expect(await rowsAt(place)).toMatchObject([
      {
        model: 'a\ufffdb\ufffdc\'"\\;🙂 [redacted]',
        target_model: 'm'.repeat(256),
        caller_id: expect.stringMatching(/^[0-9a-f]{64}$/),
        input_tokens: 0,
        cache_read_tokens: 0,
        output_tokens: 1e12,
        reasoning_tokens: 2,
        cost_pico: null,
      },
    ])
    expect(ledger.log).toEqual([])
  })

  it('counts rows once that arrive twice, also at the same time', async () => {
    const place = await under.place()
    const stores = await Promise.all([under.at(place).open(), under.at(place).open()])
    const first = toBatch([toSettlement(), toSettlement({ cost: null })])
    const more = toBatch([toSettlement(), toSettlement({ cost: null }), toSettlement()])
    await Promise.all([...stores, ...stores].map((store) => writeBatch(store, first)))
    await writeBatch(stores[0], more)
    const { db } = stores[0]
    expect(await db.selectFrom('ledger').select('id').execute()).toHaveLength(3)
    expect(await db.selectFrom('ledger_minutes').selectAll().execute()).toMatchObject([
      { calls: 3, unpriced_calls: 1, input_tokens: 300, cost_pico: 500_000_000 },
    ])
  })

  it('does not wait for ever where two processes write the same minutes', async () => {
    const place = await under.place()
    const stores = await Promise.all([under.at(place).open(), under.at(place).open()])
    const callers = Array.from({ length: 40 }, (_, at) => toSettlement({ callerId: `c${at}` }))
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => {
        const order = at % 2 === 0 ? callers : callers.toReversed()
        const store = stores[at % 2]
        return store && writeBatch(store, toBatch(order, `row${at}`))
      }),
    )
    const { db } = stores[0]
    const minutes = await db.selectFrom('ledger_minutes').select('calls').execute()
    expect(minutes).toEqual(Array.from({ length: 40 }, () => ({ calls: 20 })))
  })
})

const DAY = Date.UTC(2026, 10, 1)

const settlements = fc.array(
  fc
    .record({
      endedAtMs: fc.integer({ min: DAY, max: DAY + 3 * 86_400_000 }),
      callerId: fc.constantFrom('me', 'you'),
      callerName: fc.constantFrom(undefined, 'ci', 'laptop'),
      owner: fc.constantFrom(undefined, 'team'),
      target: fc.constantFrom(
        undefined,
        { provider: 'openai', model: 'gpt-4o' },
        { provider: 'demo', model: 'echo' },
      ),
      cost: fc.oneof(fc.constant(null), fc.double({ min: 0, max: 2, noNaN: true })),
      cached: fc.oneof(
        fc.constant({}),
        fc.constant({ cache: 'miss' }),
        fc.record({
          cache: fc.constant('hit'),
          saved: fc.oneof(fc.constant(null), fc.double({ min: 0, max: 2, noNaN: true })),
        }),
      ),
      inputTokens: fc.nat(1_000_000),
      outputTokens: fc.nat(1_000_000),
    })
    .map(({ inputTokens, outputTokens, cached, ...changes }) =>
      toSettlement({
        ...changes,
        ...cached,
        usage: { ...toSettlement().usage, inputTokens, outputTokens },
      } as object),
    ),
  { minLength: 1, maxLength: 60 },
)

const KEY_OF: Readonly<Record<string, (row: LedgerTable) => string | null>> = {
  day: (row) => new Date(row.ended_at).toISOString().slice(0, 10),
  model: (row) => (row.provider === null ? null : `${row.provider}/${row.target_model}`),
  key: (row) => row.key_name ?? row.caller_id,
  owner: (row) => row.owner,
}

/** What the report must say, from the rows alone. */
const sumOver = (rows: readonly LedgerTable[], by: string): UsageReport => {
  const keyOf = KEY_OF[by] ?? (() => null)
  const keys = [...new Set(rows.map(keyOf))].toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))
  return {
    data: keys.map((key) => ({ key, ...figuresOf(rows.filter((row) => keyOf(row) === key)) })),
    total: figuresOf(rows),
  }
}

const figuresOf = (rows: readonly LedgerTable[]) => {
  const priced = rows.filter(({ cost_pico: pico }) => pico !== null)
  const hits = rows.filter(({ cache }) => cache === 'hit')
  const pricedHits = hits.filter(({ saved_pico: pico }) => pico !== null)
  return {
    calls: rows.length,
    input_tokens: rows.reduce((sum, row) => sum + row.input_tokens, 0),
    output_tokens: rows.reduce((sum, row) => sum + row.output_tokens, 0),
    cost:
      rows.length > 0 && priced.length === 0
        ? null
        : priced.reduce((sum, row) => sum + (row.cost_pico ?? 0), 0) / 1e12,
    unpriced_calls: rows.length - priced.length,
    cached_calls: hits.length,
    saved:
      hits.length > 0 && pricedHits.length === 0
        ? null
        : pricedHits.reduce((sum, row) => sum + (row.saved_pico ?? 0), 0) / 1e12,
  }
}

describe(`the reports of ${under.kind}`, () => {
  it('are sums over the rows, by every grouping, from any time and for any caller', async () => {
    await fc.assert(
      fc.asyncProperty(settlements, fc.nat(3 * 86_400_000), async (calls, offset) => {
        const place = await under.place()
        const ledger = startLedger(place)
        for (const call of calls) ledger.settle(call)
        const sinceMs = DAY + offset
        const since = new Date(sinceMs).toISOString()
        const reports = new Map<string, UsageReport>()
        for (const by of Object.keys(KEY_OF)) {
          reports.set(by, await ledger.report(toUsageQuery({ by })))
          reports.set(
            `${by} of me`,
            await ledger.report({ ...toUsageQuery({ by, since }), callerId: 'me' }),
          )
        }
        await ledger.close()
        const rows = await rowsAt(place)
        const mine = rows.filter(
          (row) => row.caller_id === 'me' && row.ended_at >= sinceMs - (sinceMs % 60_000),
        )
        for (const by of Object.keys(KEY_OF)) {
          expect(reports.get(by)).toEqual(sumOver(rows, by))
          expect(reports.get(`${by} of me`)).toEqual(sumOver(mine, by))
        }
      }),
      { numRuns: 8 },
    )
  })

  it('say nothing of an empty ledger, and make no file', async () => {
    const place = await under.place()
    const ledger = startLedger(place)
    expect(await ledger.report(toUsageQuery({}))).toEqual({
      data: [],
      total: {
        calls: 0,
        input_tokens: 0,
        output_tokens: 0,
        cost: 0,
        unpriced_calls: 0,
        cached_calls: 0,
        saved: 0,
      },
    })
  })

  it('do not count the tokens of a token count, which no model has read', async () => {
    const ledger = startLedger(await under.place())
    const routes = [
      'POST /v1/messages/count_tokens',
      'POST /v1/responses/input_tokens',
      'POST /v1beta/models:countTokens',
    ]
    for (const route of routes) ledger.settle(toSettlement({ route, cost: 0, isFree: true }))
    expect((await ledger.report(toUsageQuery({}))).total).toEqual({
      calls: 3,
      input_tokens: 0,
      output_tokens: 0,
      cost: 0,
      unpriced_calls: 0,
      cached_calls: 0,
      saved: 0,
    })
    // The name of a route says nothing of it.
    ledger.settle(toSettlement({ route: routes[0] ?? '' }))
    expect((await ledger.report(toUsageQuery({}))).total).toMatchObject({
      calls: 4,
      input_tokens: 100,
    })
  })
})
