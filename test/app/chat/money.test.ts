/** The money beside every token ends in the row of the ledger, however the run ends. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import type { CostSummary, LogEvent } from '#model'
import { CLAUDE, GPT } from '../../tools/app/asks.ts'
import { upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'
import type { Reading } from '../../tools/chat/chat-house.ts'
import { toSummary } from '../../tools/chat/ledger-summary.ts'
import { folderForTest, type RealChat, realChat } from '../../tools/chat/real-chat.ts'
import { FLAT } from '../../tools/gateway/settled-house.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const WORDS: Answer = { parts: [{ text: 'word '.repeat(80) }], paceMs: 5, pieces: 80 }
/** It does not end by itself, however busy the machine is. */
const STALLED: Answer = { ...WORDS, paceMs: 0, fault: { stallAfterEvents: 60 } }
const SHORT: Answer = { parts: [{ text: 'one two three four' }], pieces: 4 }

const start = async (options: (url: string) => Partial<AppOptions> = () => ({})) => {
  const upstream = await upstreamForTest()
  const place = { folder: folderForTest() }
  const all = { prices: FLAT, chat: { model: GPT }, rows: place, ...options(upstream.url) }
  return { upstream, place, options: all, house: await realChat(all, upstream) }
}

const read = async (house: RealChat, id = 's') => {
  const visit = await house.join(id)
  return { visit, reading: await visit.read() }
}

type End = Extract<LogEvent, { type: 'run_end' }>

const endOf = (reading: Reading): End | undefined =>
  reading.sent.map(({ event }) => event).findLast((event) => event.type === 'run_end')

const ended = async (reading: Reading): Promise<End> => {
  await expect.poll(() => endOf(reading)).toBeDefined()
  return endOf(reading) as End
}

const costsIn = (reading: Reading): (number | null)[] =>
  reading.sent.flatMap(({ event }) => (event.type === 'token' ? [event.cost] : []))

/** What readers saw never falls, and ends in the only row of the run. */
const expectRow = async (
  { house, place }: Pick<Awaited<ReturnType<typeof start>>, 'house' | 'place'>,
  reading: Reading,
): Promise<CostSummary> => {
  const { cost_summary: summary, run_id: id } = await ended(reading)
  await house.books?.findSettled(id)
  const rows = (await rowsAt(place)).filter((row) => row.id === id)
  expect(rows).toHaveLength(1)
  expect(summary).toEqual(toSummary(rows[0]))
  const costs = costsIn(reading)
  expect(costs.toSorted((one, other) => (one ?? 0) - (other ?? 0))).toEqual(costs)
  if (summary.total_cost !== null)
    expect(summary.total_cost).toBeGreaterThanOrEqual(costs.at(-1) ?? 0)
  return summary
}

describe('the cost of a run is that of its row in the ledger', () => {
  it('when it is done, with thoughts and a cached prompt', async () => {
    const all = await start()
    const { visit, reading } = await read(all.house)
    const usage = { input: 100, output: 20, cacheRead: 40, reasoning: 7 }
    all.upstream.next({ ...SHORT, usage })
    await visit.say('hi')
    const summary = await expectRow(all, reading)
    expect(summary).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 20,
      cached_tokens: 40,
      reasoning_tokens: 7,
      estimated: false,
    })
  })

  it('when it is stopped, in the middle and before the first token', async () => {
    const all = await start()
    const { visit, reading } = await read(all.house)
    all.upstream.next(STALLED, { ...WORDS, delayMs: 60_000 })
    await visit.say('hi')
    await expect.poll(() => reading.text.length).toBeGreaterThan(20)
    await visit.command({ type: 'cancel' })
    expect((await expectRow(all, reading)).completion_tokens).toBeGreaterThan(0)

    reading.sent.splice(0)
    await visit.say('more')
    await expect.poll(() => all.upstream.calls.length).toBe(2)
    await visit.command({ type: 'cancel' })
    expect(await expectRow(all, reading)).toMatchObject({ completion_tokens: 0, estimated: true })
  })

  it('when the server stops', async () => {
    const all = await start()
    const { visit, reading } = await read(all.house)
    all.upstream.next(STALLED)
    await visit.say('hi')
    await expect.poll(() => reading.text.length).toBeGreaterThan(20)
    await all.house.here.chat.drain(0)
    expect((await expectRow(all, reading)).total_cost).toBeGreaterThan(0)
    expect(endOf(reading)?.status).toBe('interrupted')
  })

  it('when another target answers than the first', async () => {
    const all = await start((url) => ({
      providers: [openaiAt(url), anthropicAt(url)],
      aliases: [{ name: 'both', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
      chat: { model: 'both' },
      retry: { retries: 0, baseMs: 1 },
    }))
    const { visit, reading } = await read(all.house)
    all.upstream.next({ ...SHORT, fault: { errorAfterEvents: 1 } }, SHORT)
    await visit.say('hi')
    expect(await expectRow(all, reading)).toMatchObject({ model: CLAUDE })
    expect(all.house.settlements[0]?.attempts).toBe(2)
  })

  it('when it fails in the middle', async () => {
    const all = await start()
    const { visit, reading } = await read(all.house)
    all.upstream.next({ ...WORDS, paceMs: 0, fault: { cutAfterEvents: 30 } })
    await visit.say('hi')
    expect((await expectRow(all, reading)).completion_tokens).toBeGreaterThan(0)
    expect(endOf(reading)?.status).toBe('failed')
  })

  it('when no price is known', async () => {
    const all = await start(() => ({ prices: [], publishedPrices: false }))
    const { visit, reading } = await read(all.house)
    all.upstream.next(SHORT)
    await visit.say('hi')
    expect(await expectRow(all, reading)).toMatchObject({ total_cost: null })
    expect(new Set(costsIn(reading))).toEqual(new Set([null]))
  })

  it('when two are in progress at the same time', async () => {
    const all = await start()
    const one = await read(all.house, 'one')
    const other = await read(all.house, 'other')
    all.upstream.next(WORDS, { ...SHORT, usage: { input: 9, output: 4 } })
    await one.visit.say('hi')
    await expect.poll(() => one.reading.text.length).toBeGreaterThan(20)
    await other.visit.say('a longer question')
    await expectRow(all, other.reading)
    await expectRow(all, one.reading)
    expect(await rowsAt(all.place)).toHaveLength(2)
  })
})

describe('a run whose process has ended', () => {
  /** The first process goes on by itself, but the session is not its own any more. */
  const takeOver = async (all: Awaited<ReturnType<typeof start>>) => {
    const house = await realChat(all.options, all.upstream)
    const visit = await house.join()
    return { house, place: all.place, reading: await visit.read('0.0') }
  }

  it('has a row with the prompt and what was stored of the answer, and another process adds none', async () => {
    const all = await start()
    const { visit, reading } = await read(all.house)
    all.upstream.next(STALLED)
    await visit.say('x'.repeat(400))
    await expect.poll(() => reading.text.length).toBeGreaterThan(100)
    // It is stored.
    await visit.session.snapshot()
    const next = await takeOver(all)
    const summary = await expectRow(next, next.reading)
    expect(summary).toMatchObject({ model: GPT, estimated: true })
    expect(summary.prompt_tokens).toBeGreaterThan(100)
    expect(summary.completion_tokens).toBeGreaterThan(0)
    expect(summary.total_cost).toBeGreaterThan(0)
    // The earlier process settles it, too.
    await all.house.stop()
    expect(all.house.settlements).toHaveLength(1)
    await expectRow(next, next.reading)
    expect(next.house.settlements).toMatchObject([
      { callerId: 'anonymous', outcome: 'internal', route: 'WS /ws/session/{id}' },
    ])
  })

  it('pays for its prompt if no token has come', async () => {
    const all = await start()
    const { visit } = await read(all.house)
    all.upstream.next({ ...WORDS, delayMs: 60_000 })
    await visit.say('x'.repeat(400))
    await expect.poll(() => all.upstream.calls.length).toBe(1)
    const next = await takeOver(all)
    const summary = await expectRow(next, next.reading)
    expect(summary).toMatchObject({ model: GPT, completion_tokens: 0 })
    expect(summary.total_cost).toBeGreaterThan(0)
  })

  it('has the cost of its row if that was written before the process ended', async () => {
    const all = await start()
    const { visit } = await read(all.house)
    all.upstream.next({ ...WORDS, delayMs: 60_000 })
    const { run_id: id = '' } = await visit.say('hi')
    await expect.poll(() => all.upstream.calls.length).toBe(1)
    const settled = toSettlement({ id, cost: 0.25, target: { provider: 'openai', model: GPT } })
    all.house.books?.settle(settled)
    await all.house.books?.findSettled(id)
    const next = await takeOver(all)
    expect((await expectRow(next, next.reading)).total_cost).toBe(0.25)
    expect(next.house.settlements).toEqual([])
  })
})
