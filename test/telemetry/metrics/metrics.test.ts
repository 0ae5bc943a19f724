/** What a running Sluice counts, read by a parser that is not ours. */
import { describe, expect, it } from 'vitest'
import { FAMILIES } from '../../../src/telemetry/metrics/families.ts'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { type House, sluiceForTest, startHouse, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { ADMIN, scrape } from '../../tools/telemetry/scrape.ts'

const usage = { input: 1000, output: 77, cacheRead: 600, cacheWrite: 100, reasoning: 7 }

const start = (options: Parameters<typeof startHouse>[0] = {}) =>
  startHouse({ adminKeys: [ADMIN], ...options })

const streamsIn = async (sluice: House): Promise<number> =>
  (await scrape(sluice)).sum('sluice_streams_in_progress')

const CALLS: [string, string, object, Record<string, string>][] = [
  [
    'relayed',
    CHAT,
    chatBody(),
    { lane: 'relay', protocol: 'openai-chat', provider: 'openai', model: GPT },
  ],
  [
    'relayed as a stream',
    MESSAGES,
    messagesBody('x', { stream: true }),
    { lane: 'relay', protocol: 'anthropic-messages', provider: 'anthropic', model: CLAUDE },
  ],
  [
    'translated',
    CHAT,
    chatBody('x', { model: CLAUDE }),
    { lane: 'translate', protocol: 'anthropic-messages', provider: 'anthropic', model: CLAUDE },
  ],
  [
    'translated as a stream',
    RESPONSES,
    responsesBody('x', { model: CLAUDE, stream: true }),
    { lane: 'translate', protocol: 'anthropic-messages', provider: 'anthropic', model: CLAUDE },
  ],
]

describe('a call', () => {
  it.each(CALLS)(
    'that is %s is counted once, with all that it took',
    async (_, path, body, way) => {
      const { sluice, upstream } = await start()
      upstream.next({ parts: [{ text: 'one two three' }], usage })
      await sluice.send(path, { body })
      const line = await sluice.logged(isCall)
      const { sum, valuesOf } = await scrape(sluice)
      const target = { provider: way.provider ?? '', model: way.model ?? '' }
      expect(sum('sluice_calls_total')).toBe(1)
      expect(sum('sluice_calls_total', { ...way, route: `POST ${path}`, outcome: 'ok' })).toBe(1)
      expect(sum('sluice_attempts_total', { ...target, outcome: 'ok' })).toBe(1)
      expect(sum('sluice_errors_total')).toBe(0)
      const tokens = Object.fromEntries(
        valuesOf('sluice_tokens_total', 'kind').map((kind) => [
          kind,
          sum('sluice_tokens_total', { ...target, kind }),
        ]),
      )
      expect(tokens).toMatchObject({ input: 1000, output: 77, cache_read: 600 })
      expect(sum('sluice_cost_dollars_total', target)).toBeCloseTo(Number(line.cost), 12)
      expect(sum('sluice_unpriced_calls_total')).toBe(0)
      expect(sum('sluice_first_byte_seconds_count', target)).toBe(1)
      expect(sum('sluice_first_byte_seconds_sum', target)).toBeCloseTo(
        Number(line.firstByteMs) / 1000,
        3,
      )
      expect(sum('sluice_overhead_seconds_count', { lane: way.lane ?? '' })).toBe(1)
    },
  )

  it('that no target is found for is counted without one', async () => {
    const { sluice } = await start()
    await sluice.send(CHAT, { body: { messages: [] } })
    const { sum } = await scrape(sluice)
    const nowhere = { lane: 'none', protocol: 'none', provider: 'none', model: 'unknown' }
    expect(sum('sluice_calls_total', { ...nowhere, outcome: 'client_error' })).toBe(1)
    expect(sum('sluice_errors_total', { code: 'invalid_request', provider: 'none' })).toBe(1)
    expect(sum('sluice_attempts_total')).toBe(0)
  })

  it('without a known price adds no cost', async () => {
    const { sluice } = await start({ upstream: { models: ['house-model'] } })
    await sluice.send(CHAT, { body: chatBody('x', { model: 'openai/house-model' }) })
    const { sum } = await scrape(sluice)
    expect(sum('sluice_unpriced_calls_total', { model: 'house-model' })).toBe(1)
    expect(sum('sluice_cost_dollars_total')).toBe(0)
  })

  it('that only counts tokens spends none', async () => {
    const { sluice } = await start()
    await sluice.send(`${MESSAGES}/count_tokens`, {
      body: { model: CLAUDE, messages: [{ role: 'user', content: 'hello' }] },
    })
    const { sum } = await scrape(sluice)
    expect(sum('sluice_calls_total', { outcome: 'ok' })).toBe(1)
    expect(sum('sluice_tokens_total')).toBe(0)
  })

  it('of whatever kind is in progress no more when it has ended', async () => {
    const { sluice } = await start()
    const calls: [string, object][] = [
      ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'x' }],
      [`${RESPONSES}/compact`, { model: CLAUDE, input: 'x' }],
      [RESPONSES, responsesBody('x', { model: CLAUDE, background: true })],
      [RESPONSES, responsesBody('x', { model: 'nowhere/none' })],
      [MESSAGES, messagesBody('x', { model: GPT, stream: true })],
    ]
    for (const [path, body] of calls) await sluice.send(path, { body })
    const ended = async (): Promise<number> => (await scrape(sluice)).sum('sluice_calls_total')
    await expect.poll(ended).toBe(calls.length)
    const { sum } = await scrape(sluice)
    expect(sum('sluice_calls_in_progress')).toBe(0)
    expect(sum('sluice_streams_in_progress')).toBe(0)
  })

  it('that runs in the background is counted while it does', async () => {
    const { sluice, upstream } = await start()
    upstream.next({ parts: [{ text: 'one two three' }], fault: { stallAfterEvents: 3 } })
    const body = responsesBody('x', { model: CLAUDE, background: true })
    const { json } = await sluice.send(RESPONSES, { body })
    const running = async (): Promise<number> =>
      (await scrape(sluice)).sum('sluice_background_runs_in_progress')
    expect(await running()).toBe(1)
    await sluice.send(`${RESPONSES}/${String(json.id)}/cancel`, { method: 'POST' })
    await expect.poll(running).toBe(0)
  })

  it('of a model in this process is counted as any other', async () => {
    const { sluice } = await start({ demo: { paceMs: 0 } })
    for (const stream of [false, true])
      await sluice.send(CHAT, { body: chatBody('x', { model: 'demo/demo', stream }) })
    const { sum } = await scrape(sluice)
    const demo = { provider: 'demo', model: 'demo' }
    expect(sum('sluice_calls_total', { ...demo, protocol: 'local', outcome: 'ok' })).toBe(2)
    expect(sum('sluice_overhead_seconds_count', { lane: 'translate' })).toBe(2)
    expect(sum('sluice_chunk_gap_seconds_count', { provider: 'demo' })).toBeGreaterThan(0)
  })
})

describe('a failure', () => {
  it('that another target makes good is an attempt, and no error of the call', async () => {
    const upstream = await upstreamForTest()
    upstream.next({ fault: { status: 503 } }, { parts: [{ text: 'one' }] })
    const sluice = await sluiceForTest({
      adminKeys: [ADMIN],
      providers: [openaiAt(upstream.url), anthropicAt(upstream.url)],
      aliases: [{ name: 'fast', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
    })
    expect((await sluice.send(CHAT, { body: chatBody('x', { model: 'fast' }) })).status).toBe(200)
    const { sum } = await scrape(sluice)
    expect(sum('sluice_calls_total')).toBe(1)
    expect(sum('sluice_calls_total', { provider: 'anthropic', outcome: 'ok' })).toBe(1)
    expect(sum('sluice_errors_total')).toBe(0)
    expect(sum('sluice_attempts_total')).toBe(2)
    // An alias names the model, so it has its label although it has never answered.
    expect(sum('sluice_attempts_total', { provider: 'openai', model: GPT })).toBe(1)
    expect(sum('sluice_attempts_total', { provider: 'openai', outcome: 'ok' })).toBe(0)
    expect(sum('sluice_attempts_total', { provider: 'anthropic', outcome: 'ok' })).toBe(1)
  })

  it('of every attempt is an error of the call', async () => {
    const { sluice, upstream } = await start({ retry: { retries: 1, baseMs: 1 } })
    upstream.next({ fault: { resetBeforeAnswer: true } }, { fault: { resetBeforeAnswer: true } })
    const { status } = await sluice.send(CHAT, { body: chatBody() })
    expect(status).toBe(502)
    const { sum, valuesOf } = await scrape(sluice)
    const [code = ''] = valuesOf('sluice_errors_total', 'code')
    expect(code).toMatch(/^upstream_/)
    expect(sum('sluice_calls_total', { provider: 'openai', outcome: 'upstream_error' })).toBe(1)
    expect(sum('sluice_errors_total', { code, provider: 'openai' })).toBe(1)
    expect(sum('sluice_attempts_total', { provider: 'openai', outcome: code })).toBe(2)
    expect(sum('sluice_attempts_total')).toBe(2)
    expect(sum('sluice_first_byte_seconds_count')).toBe(0)
  })

  it('in the middle of a stream is one attempt and one error', async () => {
    const { sluice, upstream } = await start()
    upstream.next({ parts: [{ text: 'one two three four' }], fault: { cutAfterEvents: 3 } })
    await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    const { sum } = await scrape(sluice)
    expect(sum('sluice_attempts_total')).toBe(1)
    expect(sum('sluice_errors_total', { provider: 'openai' })).toBe(1)
    expect(sum('sluice_calls_total', { model: GPT, outcome: 'upstream_error' })).toBe(1)
    expect(sum('sluice_streams_in_progress')).toBe(0)
  })

  it('before there is a call is a refusal', async () => {
    const { sluice } = await start({ keys: ['sk-key'] })
    await sluice.send(CHAT, { body: chatBody(), headers: { authorization: 'Bearer wrong' } })
    await sluice.send('/v1/none', { headers: { authorization: 'Bearer sk-key' } })
    const { sum } = await scrape(sluice)
    expect(sum('sluice_refusals_total', { code: 'unauthenticated' })).toBe(1)
    expect(sum('sluice_refusals_total', { code: 'not_found' })).toBe(1)
    expect(sum('sluice_calls_total')).toBe(0)
  })
})

describe('a stream', () => {
  it('is in progress until it ends, and its gaps are counted', async () => {
    const { sluice, upstream } = await start()
    upstream.next({ parts: [{ text: 'one two three four five six' }], pieces: 6, paceMs: 30 })
    const sent = sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    await expect.poll(() => streamsIn(sluice)).toBe(1)
    expect((await scrape(sluice)).sum('sluice_calls_in_progress')).toBe(1)
    await sent
    await sluice.logged(isCall)
    const { sum } = await scrape(sluice)
    expect(sum('sluice_calls_in_progress')).toBe(0)
    expect(sum('sluice_streams_in_progress')).toBe(0)
    const openai = { provider: 'openai' }
    expect(sum('sluice_chunk_gap_seconds_count', openai)).toBeGreaterThan(3)
    // The upstream waits that long between its pieces.
    expect(sum('sluice_chunk_gap_seconds_sum', openai)).toBeGreaterThan(0.1)
  })

  it('whose client leaves is in progress no more', async () => {
    const { sluice, upstream } = await start()
    upstream.next({ parts: [{ text: 'one two three' }], fault: { stallAfterEvents: 2 } })
    const leave = new AbortController()
    const sent = sluice.send(CHAT, { body: chatBody('x', { stream: true }), signal: leave.signal })
    await expect.poll(() => streamsIn(sluice)).toBe(1)
    leave.abort()
    await sent.catch(() => undefined)
    await sluice.logged(isCall)
    const { sum } = await scrape(sluice)
    expect(sum('sluice_streams_in_progress')).toBe(0)
    expect(sum('sluice_calls_total', { outcome: 'client_left' })).toBe(1)
    expect(sum('sluice_attempts_total', { outcome: 'client_left' })).toBe(1)
  })
})

it('a socket is open until its client closes it', async () => {
  const { sluice } = await start()
  const { socket } = await openClient(sluice.url, RESPONSES)
  const open = async (): Promise<number> => (await scrape(sluice)).sum('sluice_sockets_open')
  await expect.poll(open).toBe(1)
  socket.close()
  await expect.poll(open).toBe(0)
})

describe('the overhead', () => {
  it('leaves out the time of the upstream', async () => {
    const { sluice, upstream } = await start()
    upstream.next({ parts: [{ text: 'one' }], delayMs: 400 })
    await sluice.send(CHAT, { body: chatBody() })
    const { sum } = await scrape(sluice)
    expect(sum('sluice_first_byte_seconds_sum')).toBeGreaterThan(0.39)
    expect(sum('sluice_overhead_seconds_count')).toBe(1)
    expect(sum('sluice_overhead_seconds_sum')).toBeLessThan(
      sum('sluice_first_byte_seconds_sum') - 0.39,
    )
  })
})

describe('the page', () => {
  it('describes every metric, each once, and the process', async () => {
    const { sluice } = await start()
    const { families, sum } = await scrape(sluice)
    for (const [name, { type, help }] of Object.entries(FAMILIES)) {
      // Without a ledger there is nothing to say about it.
      if (!name.startsWith('sluice_ledger'))
        expect(families.get(name)).toEqual({ type: type.toUpperCase(), help })
    }
    expect(sum('process_resident_memory_bytes')).toBeGreaterThan(1e7)
    expect(sum('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(families.has('nodejs_eventloop_lag_p99_seconds')).toBe(true)
    expect(families.has('nodejs_active_handles')).toBe(false)
  })

  it('names no caller', async () => {
    const { sluice } = await start({
      keys: [{ key: 'sk-of-ann', name: 'laptop', owner: 'ann' }],
    })
    const headers = { authorization: 'Bearer sk-of-ann', 'x-user-id': 'someone' }
    await sluice.send(CHAT, { body: chatBody('secret words'), headers })
    await sluice.logged(isCall)
    const { text } = await sluice.send('/metrics', {
      headers: { authorization: `Bearer ${ADMIN}` },
    })
    expect(text).toContain('sluice_calls_total{')
    expect(text).not.toMatch(/laptop|ann"|someone|secret|sk-/)
  })
})
