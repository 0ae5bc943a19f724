/** What Sluice holds is divided among its callers: a greedy one leaves the others their share, whatever it holds. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CHAT, chatBody, CLAUDE, RESPONSES, responsesBody } from '../tools/app/asks.ts'
import { type House, startHouse } from '../tools/app/house.ts'
import { openRawClient, toRequest } from '../tools/app/raw-client.ts'
import { createMemoryAccount } from '#access'

const MB = 1024 * 1024
const LIMITS = { bodyBytes: 4 * MB, inFlightBytes: 16 * MB, depth: 100 }
const KEYS = ['sk-greedy', 'sk-other']
const GREEDY = { 'x-api-key': 'sk-greedy' }
const OTHER = { 'x-api-key': 'sk-other' }

/** An upstream that answers nobody whose text says so. */
const SILENT = '[[silence]] '

const start = (keys: readonly string[]) =>
  startHouse({ keys, limits: LIMITS, drainMs: 50, retry: { retries: 0, baseMs: 1 } })

type Ask = (sluice: House, signal: AbortSignal) => Promise<{ status: number; json: object }>

const large = SILENT + 'x'.repeat(3 * MB)

const WAYS: readonly (readonly [string, Ask])[] = [
  [
    'bodies of calls in progress',
    (sluice, signal) => sluice.send(CHAT, { headers: GREEDY, body: chatBody(large), signal }),
  ],
  [
    'compressed bodies',
    (sluice, signal) =>
      sluice.send(CHAT, {
        headers: { ...GREEDY, 'content-encoding': 'gzip' },
        body: gzipSync(JSON.stringify(chatBody(large))),
        signal,
      }),
  ],
  [
    'translated bodies',
    (sluice, signal) =>
      sluice.send(CHAT, { headers: GREEDY, body: chatBody(large, { model: CLAUDE }), signal }),
  ],
  [
    'compactions',
    (sluice, signal) =>
      sluice.send(`${RESPONSES}/compact`, {
        headers: GREEDY,
        body: responsesBody(large, { model: CLAUDE }),
        signal,
      }),
  ],
]

const askOther = async (sluice: House) =>
  (await sluice.send(CHAT, { headers: OTHER, body: chatBody('x'.repeat(2 * MB)) })).status

describe('a caller beside a greedy one', () => {
  it.each(WAYS)(
    'has its share of the memory, however many %s the greedy one has',
    async (_, ask) => {
      const { sluice } = await start(KEYS)
      const leave = new AbortController()
      const refused: object[] = []
      const asked = Array.from({ length: 12 }, async () => {
        const answer = await ask(sluice, leave.signal).catch(() => undefined)
        if (answer) refused.push([answer.status, answer.json])
      })
      await expect.poll(() => refused.length).toBeGreaterThan(6)
      for (const each of refused)
        expect(each).toEqual([429, { error: expect.objectContaining({ code: 'share_used_up' }) }])
      expect(await askOther(sluice)).toBe(200)
      leave.abort()
      await Promise.all(asked)
      await expect
        .poll(
          async () =>
            (await sluice.send(CHAT, { headers: GREEDY, body: chatBody('x'.repeat(3 * MB)) }))
              .status,
        )
        .toBe(200)
    },
  )

  it('has its share, however many uploads the greedy one does not complete', async () => {
    const { sluice } = await start(KEYS)
    const request = toRequest(CHAT, chatBody(large), ['x-api-key: sk-greedy'])
    const clients = await Promise.all(Array.from({ length: 12 }, () => openRawClient(sluice.url)))
    onTestFinished(() => {
      for (const { socket } of clients) socket.destroy()
    })
    for (const client of clients) client.write(request.subarray(0, request.length - 10))
    await expect
      .poll(() => clients.filter(({ received }) => received().includes('share_used_up')).length)
      .toBeGreaterThan(6)
    expect(await askOther(sluice)).toBe(200)
  })

  it('has its share of what is stored, however many users the greedy one has', async () => {
    const { sluice } = await startHouse({ keys: KEYS, demo: { paceMs: 0 } })
    const store = async (headers: Record<string, string>, bytes: number): Promise<string> => {
      const body = responsesBody(`[[say yes]] ${'x'.repeat(bytes)}`, { model: 'demo/echo' })
      return String((await sluice.send(RESPONSES, { headers, body })).json.id)
    }
    const own = await store(OTHER, 4 * MB)
    for (let user = 0; user < 40; user++)
      await store({ ...GREEDY, 'x-user-id': `user-${user}` }, 2 * MB)
    const found = await sluice.send(`${RESPONSES}/${own}`, { headers: OTHER })
    expect(found.status).toBe(200)
  }, 120_000)
})

describe('a caller that is the only one', () => {
  it('may use all of the memory', async () => {
    const { sluice } = await start(['sk-greedy'])
    const leave = new AbortController()
    const refused: unknown[] = []
    const asked = Array.from({ length: 6 }, async () => {
      const sending = { headers: GREEDY, body: chatBody(large), signal: leave.signal }
      const answer = await sluice.send(CHAT, sending).catch(() => undefined)
      if (answer) refused.push([answer.status, answer.json.error])
    })
    await expect.poll(() => refused).toEqual([[503, expect.anything()]])
    leave.abort()
    await Promise.all(asked)
  })
})

it('thousands of callers with little leave one more caller a share of use', () => {
  const account = createMemoryAccount({ maxBytes: 512 * MB, shared: true })
  for (let caller = 0; caller < 5000; caller++) account.hold({ id: `caller-${caller}` }, 16 * 1024)
  expect(account.hold({ id: 'one more' }, 200 * MB).bytes).toBe(200 * MB)
})
