/** Costs worked out by hand of what is no answer to a prompt, and of answers that their clients did not wait for. */
import { describe, expect, it } from 'vitest'
import { callsOf, type House, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'
import {
  ALL_CLIENTS,
  type Client,
  CLIENTS,
  costsIn,
  ledgerForTest,
  toPico,
} from '../../tools/usage/cost/run-vectors.ts'

describe('vectors', () => {
  it.each([
    ['/v1/embeddings', { model: 'openai/text-embedding-3-small', input: 'one two three' }],
    [
      '/v1beta/models/openai/text-embedding-3-small:embedContent',
      { content: { parts: [{ text: 'one two three' }] } },
    ],
  ])('asked for at %s cost what OpenAI charges', async (path, body) => {
    const rows = ledgerForTest()
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)], rows })
    upstream.next({ rawUsage: { prompt_tokens: 8, total_tokens: 8 } })
    const { status, headers } = await sluice.send(path, { body })
    expect(status).toBe(200)
    // $0.02: 8 * 0.02 = 0.16 millionths.
    expect(headers['x-sluice-cost']).toBe('0.00000016')
    await sluice.close()
    expect(await rowsAt(rows)).toMatchObject([
      { input_tokens: 8, cost_pico: toPico('0.00000016'), estimated: 0 },
    ])
  })
})

/** The example of the guide to the costs of Realtime. */
const CONVERSATION = {
  total_tokens: 253,
  input_tokens: 132,
  output_tokens: 121,
  input_token_details: {
    text_tokens: 119,
    audio_tokens: 13,
    image_tokens: 0,
    cached_tokens: 64,
    cached_tokens_details: { text_tokens: 64, audio_tokens: 0, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 30, audio_tokens: 91 },
}

describe('a realtime conversation', () => {
  const talk = async (...events: readonly object[]) => {
    const rows = ledgerForTest()
    const upstream = await startRealtime()
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)], rows })
    const client = await openClient(sluice.url, '/v1/realtime?model=gpt-realtime')
    await client.until('the session', ({ type }) => type === 'session.created')
    for (const event of events)
      for (const socket of upstream.sockets) socket.send(JSON.stringify(event))
    await client.until('the last event', ({ last }) => last === true)
    client.socket.close()
    await sluice.logged(isCall)
    await sluice.close()
    return rowsAt(rows)
  }
  const done = { type: 'response.done', response: { usage: CONVERSATION } }

  it('costs what its responses cost, text and sound apart', async () => {
    // $4, $32 sound, $0.40 cached, $16, $64 sound, twice:
    // 55 * 4 = 220, 13 * 32 = 416, 64 * 0.4 = 25.6, 30 * 16 = 480, 91 * 64 = 5824.
    expect(await talk(done, { ...done, last: true })).toMatchObject([
      { input_tokens: 264, audio_output_tokens: 182, estimated: 0, cost_pico: toPico('0.0139312') },
    ])
  })

  it('is an estimate if another model has written down what was said', async () => {
    const written = {
      type: 'conversation.item.input_audio_transcription.completed',
      usage: { type: 'duration', seconds: 9 },
    }
    expect(await talk(written, { ...done, last: true })).toMatchObject([
      { estimated: 1, cost_pico: toPico('0.0069656') },
    ])
  })
})

const startAll = async () => {
  const rows = ledgerForTest()
  const upstream = await upstreamForTest()
  const providers = [openaiAt(upstream.url), anthropicAt(upstream.url), geminiAt(upstream.url)]
  return { rows, upstream, sluice: await sluiceForTest({ providers, rows }) }
}

describe.each([
  // $2.50 and $10: 900 * 2.5 = 2250, 40 * 10 = 400.
  ['openai/gpt-4o', '0.00265'],
  // $3 and $15: 900 * 3 = 2700, 40 * 15 = 600.
  ['anthropic/claude-sonnet-4-5-20250929', '0.0033'],
])('a call to %s', (model, dollars) => {
  const answer = { parts: [{ text: 'one two' }], usage: { input: 900, output: 40 } }

  it('that compacts a conversation costs what the summary costs', async () => {
    const { rows, upstream, sluice } = await startAll()
    upstream.next(answer)
    const body = { model, input: [{ role: 'user', content: 'I am Ada.' }] }
    const { status, headers } = await sluice.send('/v1/responses/compact', { body })
    expect(status).toBe(200)
    expect(headers['x-sluice-cost']).toBe(dollars)
    await sluice.close()
    expect(await rowsAt(rows)).toMatchObject([{ cost_pico: toPico(dollars) }])
  })

  it('that runs in the background is charged once, however often it is read', async () => {
    const { rows, upstream, sluice } = await startAll()
    upstream.next(answer)
    const first = await sluice.send('/v1/responses', {
      body: { model, input: 'x', background: true },
    })
    const path = `/v1/responses/${String(first.json.id)}`
    await expect.poll(async () => (await sluice.send(path)).json.status).toBe('completed')
    await sluice.send(path)
    await sluice.close()
    const costs = (await rowsAt(rows)).map((row) => row.cost_pico)
    expect(costs.filter((cost) => cost !== 0)).toEqual([toPico(dollars)])
  })
})

interface LeftTarget {
  readonly target: string
  /** What the upstream says of the input before it is complete. */
  readonly input?: number
  readonly prices: readonly [input: number, output: number]
}

const TARGETS: readonly LeftTarget[] = [
  { target: 'openai/gpt-4o', prices: [2.5, 10] },
  { target: 'anthropic/claude-sonnet-4-5-20250929', input: 5000, prices: [3, 15] },
  { target: 'gemini/gemini-2.5-pro', input: 5000, prices: [1.25, 10] },
]

type Leave = (
  house: Awaited<ReturnType<typeof startAll>>,
  client: Client,
) => Promise<readonly string[]>

/** @returns what each client was told, and its row. */
const leaveEach = async (leave: Leave) => {
  const house = await startAll()
  const told = new Map<string, readonly string[]>()
  for (const [index, client] of ALL_CLIENTS.entries()) {
    told.set(client, await leave(house, client))
    await house.sluice.logged(() => house.sluice.log.filter(isCall).length === index + 1)
  }
  await house.sluice.close()
  const written = await rowsAt(house.rows)
  expect(written).toHaveLength(ALL_CLIENTS.length)
  return written.map((row) => ({ row, told: told.get(row.tags ?? '') ?? [] }))
}

const requestOf = (client: Client, target: string, signal: AbortSignal) => {
  const { path, body } = CLIENTS[client](target, true)
  const headers = { 'x-sluice-cost': 'stream', 'x-sluice-tags': client }
  return { path, sending: { body, headers, signal } }
}

describe.each(TARGETS)('an answer of $target that its client did not wait for', (left) => {
  const { target, input, prices } = left
  const millionthsOf = (inputTokens: number, outputTokens: number) =>
    inputTokens * prices[0] + outputTokens * prices[1]

  it('costs what was used until then, in every dialect', async () => {
    const bills = await leaveEach(async ({ sluice, upstream }, client) => {
      upstream.next({
        parts: [{ text: 'word '.repeat(400) }],
        usage: { input: 5000, output: 500 },
        fault: { stallAfterEvents: 60 },
      })
      return leaveAfterSome(sluice, client, target)
    })
    for (const { row, told } of bills) {
      // What the upstream has said of the input is known, and the rest is an estimate.
      if (input !== undefined) expect(row.input_tokens, row.route).toBe(input)
      expect(row, row.route).toMatchObject({ outcome: 'client_left', estimated: 1 })
      expect(row.output_tokens, row.route).toBeGreaterThan(0)
      const millionths = millionthsOf(row.input_tokens, row.output_tokens)
      expect(row.cost_pico, row.route).toBe(Math.round(millionths * 1e6))
      // What was told before is a lower bound.
      for (const cost of told) expect(toPico(cost)).toBeLessThanOrEqual(row.cost_pico ?? -1)
    }
  })

  it('costs the estimated input if it had not begun, in every dialect', async () => {
    const bills = await leaveEach(async ({ sluice, upstream }, client) => {
      upstream.next({ fault: { neverAnswer: true } })
      const before = callsOf(upstream).length
      const leaving = new AbortController()
      const { path, sending } = requestOf(client, target, leaving.signal)
      const answer = sluice.send(path, sending).catch(() => undefined)
      await expect.poll(() => callsOf(upstream).length).toBe(before + 1)
      leaving.abort()
      await answer
      return []
    })
    for (const { row } of bills) {
      expect(row, row.route).toMatchObject({
        outcome: 'client_left',
        output_tokens: 0,
        estimated: 1,
      })
      expect(row.input_tokens, row.route).toBeGreaterThan(0)
      expect(row.cost_pico, row.route).toBe(Math.round(millionthsOf(row.input_tokens, 0) * 1e6))
    }
  })
})

const leaveAfterSome = async (
  sluice: House,
  client: Client,
  target: string,
): Promise<readonly string[]> => {
  const leaving = new AbortController()
  const { path, sending } = requestOf(client, target, leaving.signal)
  const response = await fetch(sluice.url + path, {
    method: 'POST',
    signal: leaving.signal,
    headers: { 'content-type': 'application/json', ...sending.headers },
    body: JSON.stringify(sending.body),
  })
  const reader = response.body?.getReader()
  let text = ''
  while ((text.match(/word/g) ?? []).length < 10) {
    const read = await reader?.read()
    if (!read || read.done) break
    text += Buffer.from(read.value).toString()
  }
  leaving.abort()
  return costsIn(text)
}
