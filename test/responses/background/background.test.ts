/** A background answer is generated without its client, and can be retrieved meanwhile. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { checkResponsesAnswer, checkResponsesStream } from '../../tools/checkers/index.ts'
import { CLAUDE, RESPONSES } from '../../tools/app/asks.ts'
import { callsOf, type House, startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { eventually, within } from '../../tools/app/within.ts'

const KEYS = ['first-key', 'second-key']
const PATIENCE_MS = 30_000

const ask = (more: object = {}) => ({
  body: { model: CLAUDE, input: 'Hello.', background: true, ...more },
})
const slow = {
  parts: [{ text: 'One word after another, until all of them are said.' }],
  paceMs: 40,
}

/** The response, once it is as far as is waited for. */
const once = (sluice: House, id: unknown, holds: (json: Body) => boolean, headers = {}) => {
  const look = async (): Promise<Body> => {
    const { json } = await sluice.send(`${RESPONSES}/${String(id)}`, { headers })
    if (holds(json)) return json
    await new Promise((resolve) => setTimeout(resolve, 20))
    return look()
  }
  return within(PATIENCE_MS, 'the response is that far', look())
}
type Body = Record<string, unknown>

const whole = (sluice: House, id: unknown, headers = {}) =>
  once(sluice, id, ({ status }) => status !== 'queued' && status !== 'in_progress', headers)

const settledLine = (sluice: House) =>
  within(PATIENCE_MS, 'the line of the run', sluice.logged(isCall))

const numbersOf = (stream: string): number[] =>
  [...stream.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number))

describe.each([
  ['a translated model', CLAUDE],
  ['the demo', 'demo/echo'],
])('in the background of %s', (_, model) => {
  const house = async () => (await startHouse({ demo: { paceMs: 1 } })).sluice

  it('the call is answered at once, and the response is available when it is complete', async () => {
    const sluice = await house()
    const body = { ...ask().body, model, metadata: { a: 'b' } }
    const first = await sluice.send(RESPONSES, { body })
    expect(first.status).toBe(200)
    expect(first.json).toMatchObject({
      object: 'response',
      status: 'queued',
      background: true,
      output: [],
      usage: null,
      metadata: { a: 'b' },
    })
    const json = await whole(sluice, first.json.id)
    expect(json).toMatchObject({
      id: first.json.id,
      created_at: first.json.created_at,
      status: 'completed',
      background: true,
    })
    expect(checkResponsesAnswer(json)).toEqual([])
    expect(JSON.stringify(json.output)).toContain('Hello.')
  })

  it('its events can be read from any of them on', async () => {
    const sluice = await house()
    const streamed = await sluice.send(RESPONSES, {
      body: { ...ask({ stream: true }).body, model },
    })
    expect(checkResponsesStream(streamed.bytes)).toEqual([])
    const id = /"id":"(resp_[^"]+)"/.exec(streamed.text)?.[1]
    const path = `${RESPONSES}/${id}?stream=true`
    expect((await sluice.send(path)).text).toBe(streamed.text)
    const rest = await sluice.send(`${path}&starting_after=2`)
    expect(streamed.text.endsWith(rest.text)).toBe(true)
    expect(numbersOf(rest.text)).toEqual(numbersOf(streamed.text).slice(3))
    expect((await sluice.send(`${path}&starting_after=9999`)).text).toBe('')
  })
})

describe('a run', () => {
  it(
    'continues when its reader leaves, and the next one follows it live',
    async () => {
      const { sluice, upstream } = await startHouse()
      upstream.next(slow)
      const leaving = new AbortController()
      const response = await fetch(sluice.url + RESPONSES, {
        method: 'POST',
        signal: leaving.signal,
        body: JSON.stringify(ask({ stream: true }).body),
      })
      const { value } = await response.body!.getReader().read()
      const id = /"id":"(resp_[^"]+)"/.exec(Buffer.from(value!).toString())?.[1]
      leaving.abort()
      const path = `${RESPONSES}/${id}`
      expect((await sluice.send(path)).json.status).toMatch(/queued|in_progress/)
      const followed = await sluice.send(`${path}?stream=true`)
      expect(checkResponsesStream(followed.bytes)).toEqual([])
      expect(followed.text).toContain('all of them are said.')
      expect(callsOf(upstream)[0]?.closedEarly).toBe(false)
      expect(await settledLine(sluice)).toMatchObject({ outcome: 'ok', attempts: 1 })
    },
    PATIENCE_MS,
  )

  it(
    'does not wait for a reader that does not read',
    async () => {
      const { sluice, upstream } = await startHouse()
      const text = 'A sentence of some length, which says nothing. '.repeat(40_000)
      upstream.next({ parts: [{ text }], pieces: 1_000 })
      const leaving = new AbortController()
      const response = await fetch(sluice.url + RESPONSES, {
        method: 'POST',
        signal: leaving.signal,
        body: JSON.stringify(ask({ stream: true }).body),
      })
      const reader = response.body!.getReader()
      const first = Buffer.from((await reader.read()).value!).toString()
      const json = await whole(sluice, /"id":"(resp_[^"]+)"/.exec(first)?.[1])
      expect(json.status).toBe('completed')
      let rest = first
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        rest += Buffer.from(value).toString()
      }
      expect(checkResponsesStream(Buffer.from(rest))).toEqual([])
      leaving.abort()
    },
    PATIENCE_MS,
  )

  it(
    'is logged once, at its end, with its usage',
    async () => {
      const { sluice, upstream } = await startHouse()
      upstream.next({ ...slow, usage: { input: 70, output: 30 } })
      const { json } = await sluice.send(RESPONSES, ask())
      expect(sluice.log.filter(isCall)).toEqual([])
      await whole(sluice, json.id)
      expect(await settledLine(sluice)).toMatchObject({
        route: 'POST /v1/responses',
        target: `anthropic/${CLAUDE}`,
        tokensIn: 70,
        tokensOut: 30,
        outcome: 'ok',
      })
      expect(sluice.log.filter(isCall)).toHaveLength(1)
    },
    PATIENCE_MS,
  )

  it(
    'shows its progress while it is running',
    async () => {
      const { sluice, upstream } = await startHouse()
      upstream.next({ parts: [{ text: 'First.' }, { reasoning: 'x'.repeat(4000) }], paceMs: 20 })
      const { json } = await sluice.send(RESPONSES, ask())
      const path = `${RESPONSES}/${String(json.id)}`
      const now = await once(sluice, json.id, ({ output }) => (output as unknown[]).length > 0)
      expect(now).toMatchObject({ status: 'in_progress', output: [{ type: 'message' }] })
      await sluice.send(`${path}/cancel`, { method: 'POST' })
    },
    PATIENCE_MS,
  )

  it(
    'is ended by a cancel, which stops its upstream and ends its readers’ streams',
    async () => {
      const { sluice, upstream } = await startHouse()
      upstream.next({ parts: [{ text: 'Said.' }], fault: { stallAfterEvents: 3 } })
      const { json } = await sluice.send(RESPONSES, ask())
      const path = `${RESPONSES}/${String(json.id)}`
      const reader = sluice.send(`${path}?stream=true`)
      await once(sluice, json.id, ({ status }) => status === 'in_progress')
      const cancel = () => sluice.send(`${path}/cancel`, { method: 'POST' })
      const cancelled = await cancel()
      expect(cancelled.json).toMatchObject({ id: json.id, status: 'cancelled' })
      expect(checkResponsesAnswer(cancelled.json)).toEqual([])
      const { text, bytes } = await within(PATIENCE_MS, 'the reader is told', reader)
      expect(text).toContain('"status":"cancelled"')
      expect(checkResponsesStream(bytes)).toEqual([])
      await within(PATIENCE_MS, 'the upstream is left', callsOf(upstream)[0]!.closed)
      expect(callsOf(upstream)[0]?.closedEarly).toBe(true)
      expect((await sluice.send(path)).json.status).toBe('cancelled')
      expect((await cancel()).json.status).toBe('cancelled')
      expect(await settledLine(sluice)).toMatchObject({ outcome: 'cancelled' })
    },
    PATIENCE_MS,
  )

  it.each([
    ['before it is begun', { neverAnswer: true }, 'queued'],
    ['in the middle of an item', { stallAfterEvents: 4 }, 'in_progress'],
  ] as const)(
    'is ended by a cancel %s, and its stream is complete',
    async (_, fault, status) => {
      const { sluice, upstream } = await startHouse()
      upstream.next({ parts: [{ text: 'Said at some length, in many words.' }], fault })
      const { json } = await sluice.send(RESPONSES, ask())
      const path = `${RESPONSES}/${String(json.id)}`
      await once(sluice, json.id, (now) => now.status === status)
      expect((await sluice.send(`${path}/cancel`, { method: 'POST' })).status).toBe(200)
      const { bytes, text } = await sluice.send(`${path}?stream=true`)
      expect(checkResponsesStream(bytes)).toEqual([])
      expect(text).toContain('"status":"cancelled"')
    },
    PATIENCE_MS,
  )

  it(
    'is stopped when it is deleted',
    async () => {
      const { sluice, upstream } = await startHouse()
      upstream.next({ fault: { stallAfterEvents: 3 }, parts: [{ text: 'Said.' }] })
      const { json } = await sluice.send(RESPONSES, ask())
      const path = `${RESPONSES}/${String(json.id)}`
      const reader = sluice.send(`${path}?stream=true`)
      await once(sluice, json.id, ({ status }) => status === 'in_progress')
      expect((await sluice.send(path, { method: 'DELETE' })).json.deleted).toBe(true)
      const told = await within(PATIENCE_MS, 'the reader is told', reader)
      expect(checkResponsesStream(told.bytes)).toEqual([])
      expect(told.text).toContain('The response was deleted.')
      await within(PATIENCE_MS, 'the upstream is left', callsOf(upstream)[0]!.closed)
      expect((await sluice.send(path)).status).toBe(404)
      expect(await settledLine(sluice)).toMatchObject({ outcome: 'cancelled' })
    },
    PATIENCE_MS,
  )

  it.each([false, true])(
    'is refused if there is no memory for it, and holds none (stream: %s)',
    async (stream) => {
      const { sluice, upstream } = await startHouse()
      const { json } = await sluice.send(RESPONSES, { body: { model: CLAUDE, input: 'Stay.' } })
      const input = 'x'.repeat(30 * 1024 * 1024)
      const large = sluice.send(RESPONSES, ask({ input, stream }))
      const refused = await within(PATIENCE_MS, 'the refusal', large)
      expect(refused.status).toBe(413)
      expect((await sluice.send(`${RESPONSES}/${String(json.id)}`)).status).toBe(200)
      expect(callsOf(upstream)).toHaveLength(1)
    },
    PATIENCE_MS,
  )

  it(
    'that outgrows the memory is ended and removed',
    async () => {
      const { sluice, upstream } = await startHouse()
      upstream.next({ parts: [{ text: 'x'.repeat(20 * 1024 * 1024) }], pieces: 100 })
      const { json } = await sluice.send(RESPONSES, ask())
      expect(await settledLine(sluice)).toMatchObject({ outcome: 'at_capacity' })
      expect((await sluice.send(`${RESPONSES}/${String(json.id)}`)).status).toBe(404)
    },
    PATIENCE_MS,
  )

  it('that fails reports the reason to polls and to followers', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next(...Array.from({ length: 3 }, () => ({ fault: { status: 500 } })))
    const { json } = await sluice.send(RESPONSES, ask())
    const failed = await whole(sluice, json.id)
    expect(failed).toMatchObject({ id: json.id, status: 'failed', output: [] })
    expect((failed.error as { message: string }).message).not.toBe('')
    const followed = await sluice.send(`${RESPONSES}/${String(json.id)}?stream=true`)
    expect(checkResponsesStream(followed.bytes)).toEqual([])
    expect(followed.text).toContain('response.failed')
    expect(await settledLine(sluice)).toMatchObject({ outcome: 'upstream_failed', attempts: 3 })
  })

  it('reports the dropped fields, and its target', async () => {
    const { sluice } = await startHouse()
    const { json } = await sluice.send(RESPONSES, ask({ top_logprobs: 2 }))
    await whole(sluice, json.id)
    const { headers } = await sluice.send(`${RESPONSES}/${String(json.id)}`)
    expect(headers['x-sluice-dropped']).toContain('top_logprobs')
    expect(headers['x-sluice-target']).toBe(`anthropic/${CLAUDE}`)
  })

  it('is not visible to other callers', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const as = (key: string | undefined) => ({ authorization: `Bearer ${key}` })
    const { json } = await sluice.send(RESPONSES, { ...ask(), headers: as(KEYS[0]) })
    const path = `${RESPONSES}/${String(json.id)}`
    for (const [method, below] of [
      ['GET', ''],
      ['GET', '?stream=true'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const)
      expect((await sluice.send(path + below, { method, headers: as(KEYS[1]) })).status).toBe(404)
    expect((await whole(sluice, json.id, as(KEYS[0]))).status).toBe('completed')
  })

  it(
    'can be continued when it is complete, and not before',
    async () => {
      const { sluice, upstream } = await startHouse()
      upstream.next(slow)
      const { json } = await sluice.send(RESPONSES, ask())
      const body = { model: CLAUDE, input: 'Go on.', previous_response_id: json.id }
      const early = await sluice.send(RESPONSES, { body })
      expect(early.status).toBe(400)
      expect(early.json.error).toMatchObject({ param: 'previous_response_id' })
      await whole(sluice, json.id)
      expect((await sluice.send(RESPONSES, { body })).status).toBe(200)
      expect(JSON.stringify(callsOf(upstream).at(-1)?.body)).toContain('all of them are said.')
    },
    PATIENCE_MS,
  )

  it(
    'is waited for when the server goes down',
    async () => {
      const { sluice, upstream } = await startHouse({ drainMs: PATIENCE_MS })
      upstream.next(slow)
      await sluice.send(RESPONSES, ask())
      await eventually('the upstream is asked', () => callsOf(upstream).length === 1, PATIENCE_MS)
      await sluice.close()
      expect(await settledLine(sluice)).toMatchObject({ outcome: 'ok' })
    },
    PATIENCE_MS,
  )

  it(
    'is broken off when the server waits no longer',
    async () => {
      const { sluice, upstream } = await startHouse({ drainMs: 200 })
      upstream.next({ fault: { neverAnswer: true } })
      const reader = sluice.send(RESPONSES, ask({ stream: true }))
      await eventually('the upstream is asked', () => callsOf(upstream).length === 1, PATIENCE_MS)
      await within(PATIENCE_MS, 'the end', sluice.close())
      const told = await within(PATIENCE_MS, 'the reader is told', reader)
      expect(told.broken).toBe(false)
      expect(checkResponsesStream(told.bytes)).toEqual([])
      expect(told.text).toContain('The server went down before the answer was whole.')
      await within(PATIENCE_MS, 'the upstream is left', callsOf(upstream)[0]!.closed)
      expect(callsOf(upstream)[0]?.closedEarly).toBe(true)
    },
    PATIENCE_MS,
  )
})

describe('runs of several callers', () => {
  const headers = KEYS.map((key) => ({ authorization: `Bearer ${key}` }))

  it(
    'are shared among them: one may have as many as are free for the others',
    async () => {
      const { sluice } = await startHouse({
        keys: KEYS,
        upstream: { reply: () => ({ fault: { neverAnswer: true } }) },
        drainMs: 50,
      })
      const start = async (caller: number) => {
        const { status, json } = await sluice.send(RESPONSES, {
          ...ask(),
          headers: headers[caller] ?? {},
        })
        return { status, json }
      }
      const first = await Promise.all(Array.from({ length: 128 }, () => start(0)))
      expect(new Set(first.map(({ status }) => status))).toEqual(new Set([200]))
      const refused = await start(0)
      expect(refused.status).toBe(429)
      expect(refused.json.error).toMatchObject({ code: 'share_used_up' })
      expect((await start(1)).status).toBe(200)
      const path = `${RESPONSES}/${String(first[0]?.json.id)}/cancel`
      await sluice.send(path, { method: 'POST', headers: headers[0] ?? {} })
      await sluice.logged(isCall)
      expect((await start(0)).status).toBe(429)
    },
    PATIENCE_MS,
  )

  it(
    'are left to a caller that has none, whatever greedy callers have',
    async () => {
      const keys = Array.from({ length: 9 }, (_, at) => `key-${at}`)
      const { sluice } = await startHouse({
        keys,
        upstream: { reply: () => ({ fault: { neverAnswer: true } }) },
        drainMs: 50,
      })
      const startAll = async (key: string): Promise<number> => {
        const asking = { ...ask(), headers: { authorization: `Bearer ${key}` } }
        let started = 0
        while ((await sluice.send(RESPONSES, asking)).status === 200) started++
        return started
      }
      const counts: number[] = []
      for (const key of keys) counts.push(await startAll(key))
      expect(counts).toEqual([128, 64, 32, 16, 8, 4, 2, 1, 1])
    },
    PATIENCE_MS,
  )

  it(
    'give their slots back when they end',
    async () => {
      const { sluice } = await startHouse({ keys: KEYS })
      for (let count = 0; count < 130; count++) {
        const { json, status } = await sluice.send(RESPONSES, {
          ...ask(),
          headers: headers[0] ?? {},
        })
        expect(status).toBe(200)
        await whole(sluice, json.id, headers[0])
      }
    },
    PATIENCE_MS,
  )
})

describe('answers that are over', () => {
  const heap = (): number => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    collectGarbage()
    return process.memoryUsage().heapUsed
  }

  it.each([
    ['in the background of the demo', 'demo/echo', { background: true, stream: true }],
    ['in the background of a translated model', CLAUDE, { background: true, stream: true }],
    ['streamed by the demo', 'demo/echo', { store: false, stream: true }],
  ])(
    'retain little memory: %s',
    async (_, model, how) => {
      const { sluice, upstream } = await startHouse({ demo: { paceMs: 0 } })
      // Listed in the request, and in nothing that is kept of it.
      const unkept = { x_unknown: 'x'.repeat(100_000) }
      const askMany = async (count: number): Promise<void> => {
        for (let asked = 0; asked < count; asked++)
          await sluice.send(RESPONSES, { body: { model, input: 'Hello.', ...how, ...unkept } })
        upstream.calls.length = 0
      }
      await askMany(20)
      const before = heap()
      await askMany(200)
      expect((heap() - before) / 200).toBeLessThan(40_000)
    },
    PATIENCE_MS,
  )
})
