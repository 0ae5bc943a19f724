/** Every figure of a report is the sum over the rows: by command and over HTTP, for each way to group them. */
import { afterEach, expect, it } from 'vitest'
import { toDecimal } from '#model'
import type { LedgerTable } from '#stores'
import { GROUPINGS, type UsageReport } from '#usage'
import { type House, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { type Started, startSluice } from '../../tools/cli/start.ts'
import { CACHE } from '../../tools/gateway/cached-house.ts'
import { rowsAt, startLedger } from '../../tools/stores/ledger-under-test.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'
import { ALL_CLIENTS, CLIENTS, ledgerForTest } from '../../tools/usage/cost/run-vectors.ts'

const started: Started[] = []
afterEach(() => {
  for (const sluice of started.splice(0)) sluice.process.kill('SIGKILL')
})

const KEYS = [
  { key: 'key-one', name: 'ci', owner: 'team-a' },
  { key: 'key-two', name: 'laptop', owner: 'team-a' },
  { key: 'key-three' },
]
const ADMIN = 'admin-of-the-house'

const TARGETS = [
  'openai/gpt-4o',
  // Nobody publishes its price.
  'openai/gpt-99',
  'anthropic/claude-sonnet-4-5-20250929',
  'gemini/gemini-2.5-pro',
]

/** Calls of every kind of outcome and price. */
const callEverything = async (sluice: House, next: (usage: object, fails: boolean) => void) => {
  let calls = 0
  for (const target of TARGETS)
    for (const client of ALL_CLIENTS)
      for (const streamed of [false, true]) {
        const { key = '' } = KEYS[calls % KEYS.length] ?? {}
        next({ input: 1000 + 7 * calls, output: 30 + calls, cacheRead: calls }, calls % 7 === 6)
        const { path, body } = CLIENTS[client](target, streamed)
        await sluice.send(path, { body, headers: { authorization: `Bearer ${key}` } })
        calls++
      }
  for (const target of TARGETS) {
    const { path, body } = CLIENTS['openai-chat'](target, false)
    // An answer may have been kept before.
    for (let time = 0; time < 2; time++)
      await sluice.send(path, { body, headers: { authorization: 'Bearer key-two' } })
    calls += 2
  }
  const { path, body } = CLIENTS['openai-chat']('nobody/knows', false)
  await sluice.send(path, { body, headers: { authorization: 'Bearer key-one' } })
  return calls + 1
}

const PICO = 10n ** 12n

/** As a report has it. */
const sumOf = (rows: readonly LedgerTable[]) => {
  const sum = (of: (row: LedgerTable) => number | null) =>
    rows.reduce((total, row) => total + BigInt(of(row) ?? 0), 0n)
  const pico = sum((row) => row.cost_pico)
  const unpriced = rows.filter((row) => row.cost_pico === null).length
  const hits = rows.filter((row) => row.cache === 'hit')
  const unpricedHits = hits.filter((row) => row.saved_pico === null).length
  const toDollars = (amount: bigint): number =>
    Number(`${amount / PICO}.${String(amount % PICO).padStart(12, '0')}`)
  return {
    calls: rows.length,
    input_tokens: Number(sum((row) => row.input_tokens)),
    output_tokens: Number(sum((row) => row.output_tokens)),
    cost: rows.length > 0 && unpriced === rows.length ? null : toDollars(pico),
    unpriced_calls: unpriced,
    cached_calls: hits.length,
    saved:
      hits.length > 0 && unpricedHits === hits.length
        ? null
        : toDollars(sum((row) => row.saved_pico)),
  }
}

const KEY_OF: Readonly<Record<(typeof GROUPINGS)[number], (row: LedgerTable) => string | null>> = {
  day: (row) => new Date(row.ended_at).toISOString().slice(0, 10),
  model: (row) => (row.provider === null ? null : `${row.provider}/${row.target_model}`),
  key: (row) => row.key_name ?? row.caller_id,
  owner: (row) => row.owner,
}

const expectSums = (report: UsageReport, rows: readonly LedgerTable[], by: keyof typeof KEY_OF) => {
  expect(report.total).toEqual(sumOf(rows))
  const keys = new Set(rows.map(KEY_OF[by]))
  expect(new Set(report.data.map(({ key }) => key))).toEqual(keys)
  expect(report.data).toHaveLength(keys.size)
  for (const { key, ...line } of report.data)
    expect(line, `${by} ${key}`).toEqual(sumOf(rows.filter((row) => KEY_OF[by](row) === key)))
}

const toCsv = ({ data }: UsageReport): string =>
  [
    'key,calls,input_tokens,output_tokens,cost,unpriced_calls,cached_calls,saved',
    ...data.map((line) =>
      [
        line.key ?? '',
        line.calls,
        line.input_tokens,
        line.output_tokens,
        line.cost === null ? '' : toDecimal(line.cost),
        line.unpriced_calls,
        line.cached_calls,
        line.saved === null ? '' : toDecimal(line.saved),
      ].join(','),
    ),
    '',
  ].join('\n')

it('a report is a sum over rows', async () => {
  const place = ledgerForTest()
  const upstream = await upstreamForTest({ models: ['gpt-99'] })
  const sluice = await sluiceForTest({
    providers: [openaiAt(upstream.url), anthropicAt(upstream.url), geminiAt(upstream.url)],
    keys: KEYS,
    adminKeys: [ADMIN],
    rows: place,
    cache: CACHE,
  })
  const calls = await callEverything(sluice, (usage, fails) =>
    upstream.next({
      parts: [{ text: 'one two three' }],
      usage: usage as { input: number; output: number },
      ...(fails && { fault: { status: 400 } }),
    }),
  )
  await expect.poll(() => sluice.log.filter(isCall).length).toBe(calls)
  const get = async (path: string, key: string) =>
    (await sluice.send(path, { headers: { authorization: `Bearer ${key}` } }))
      .json as unknown as UsageReport

  const ofAll = new Map<string, UsageReport>()
  for (const by of GROUPINGS) ofAll.set(by, await get(`/admin/usage?by=${by}`, ADMIN))
  const rows = await rowsAt(place)
  expect(rows).toHaveLength(calls)
  // There is something to sum of each kind.
  expect(rows.some((row) => row.cost_pico === null)).toBe(true)
  expect(rows.some((row) => row.outcome !== 'ok')).toBe(true)
  expect(rows.some((row) => Number(row.saved_pico) > 0)).toBe(true)
  expect(rows.some((row) => row.cache === 'hit' && row.saved_pico === null)).toBe(true)

  for (const by of GROUPINGS) {
    expectSums(ofAll.get(by) as UsageReport, rows, by)
    for (const { key } of KEYS) {
      const own = await get(`/v1/usage?by=${by}&since=1d`, key)
      const callerIds = new Set(
        rows.filter((row) => ownerOf(row) === nameOf(key)).map((row) => row.caller_id),
      )
      expect(callerIds.size).toBe(1)
      expectSums(
        own,
        rows.filter((row) => callerIds.has(row.caller_id)),
        by,
      )
    }
  }
  await sluice.close()

  for (const by of GROUPINGS)
    for (const format of ['--json', '--csv']) {
      const run = startSluice(['usage', '--by', by, format], {
        cwd: place.folder,
        env: { SLUICE_DATA: place.folder },
      })
      started.push(run)
      const { stdout, stderr } = await run.ended
      expect(stderr).toBe('')
      if (format === '--json') expect(JSON.parse(stdout)).toEqual(ofAll.get(by))
      else expect(stdout).toBe(toCsv(ofAll.get(by) as UsageReport))
    }
}, 60_000)

const nameOf = (key: string) => KEYS.find((each) => each.key === key)?.name ?? 'nameless'
const ownerOf = (row: LedgerTable) => row.key_name ?? 'nameless'

it('a sum may be larger than an integer of the database', async () => {
  const ledger = startLedger(ledgerForTest())
  const first = Date.UTC(2026, 0, 1)
  for (let minute = 0; minute < 1100; minute++)
    ledger.settle(toSettlement({ endedAtMs: first + minute * 60_000, cost: 9000 }))
  const { total } = await ledger.report({ by: 'owner' })
  expect(total).toMatchObject({ calls: 1100, cost: 9_900_000, unpriced_calls: 0 })
})
