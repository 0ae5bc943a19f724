/** Responses that were only relayed are found again where they are kept, by whoever was given them. */
import { describe, expect, it } from 'vitest'
import { checkResponsesStream } from '../tools/checkers/index.ts'
import { CLAUDE, GPT, RESPONSES } from '../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../tools/app/house.ts'
import { isCall, openaiAt } from '../tools/app/start-sluice.ts'

const KEYS = ['first-key', 'second-key']
const as = (key: string | undefined) => ({ authorization: `Bearer ${key}` })
const ask = (more: object = {}) => ({
  body: { model: GPT, input: 'Hello.', ...more },
  headers: as(KEYS[0]),
})
const visits = (upstream: { calls: { method: string; path: string; query: string }[] }) =>
  upstream.calls
    .filter(({ path }) => path.startsWith('/v1/responses/'))
    .map(({ method, path, query }) => `${method} ${path}${query === '' ? '' : `?${query}`}`)

describe('a response that was relayed', () => {
  it.each([false, true])(
    'is read, listed and deleted at its upstream (stream: %s)',
    async (stream) => {
      const { sluice, upstream } = await startHouse({ keys: KEYS })
      const first = await sluice.send(RESPONSES, ask({ stream }))
      const id = /"id":"(resp_[^"]+)"/.exec(first.text)?.[1] ?? ''
      const path = `${RESPONSES}/${id}`
      const visit = (method: string, below = '', key = KEYS[0]) =>
        sluice.send(path + below, { method, headers: as(key) })
      const again = await visit('GET', '?include[]=reasoning.encrypted_content')
      expect(again.status).toBe(200)
      expect(again.json).toMatchObject({ id, status: 'completed' })
      expect((await visit('GET', '/input_items?order=asc')).json.data).toMatchObject([
        { content: 'Hello.' },
      ])
      const refused = await visit('POST', '/cancel')
      expect(refused.status).toBe(400)
      expect(refused.json.error).toMatchObject({ message: 'Cannot cancel a synchronous response.' })
      expect((await visit('DELETE')).json).toMatchObject({ id, deleted: true })
      expect((await visit('GET')).status).toBe(404)
      expect(visits(upstream)).toEqual([
        `GET ${path}?include[]=reasoning.encrypted_content`,
        `GET ${path}/input_items?order=asc`,
        `POST ${path}/cancel`,
        `DELETE ${path}`,
      ])
      const visited = upstream.calls.filter((call) => call.path.startsWith(`${RESPONSES}/`))
      for (const call of visited)
        expect(call.headers.authorization).toBe('Bearer sk-upstream-openai')
    },
  )

  it('is unknown to another caller, who can neither read nor continue it', async () => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    const { json } = await sluice.send(RESPONSES, ask())
    const asOther = { headers: as(KEYS[1]) }
    const path = `${RESPONSES}/${json.id}`
    for (const [method, below] of [
      ['GET', ''],
      ['GET', '/input_items'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const)
      expect((await sluice.send(path + below, { ...asOther, method })).status).toBe(404)
    expect(visits(upstream)).toEqual([])
    const { body } = ask({ previous_response_id: json.id })
    const refused = await sluice.send(RESPONSES, { ...asOther, body })
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({ code: 'previous_response_not_found' })
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('is in no conversation that a caller names, in any form, since its owner is unknown', async () => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    expect((await sluice.send(RESPONSES, ask({ conversation: 'conv_1' }))).status).toBe(404)
    const body = `{"model":"${GPT}","input":"x","conversation":{${' '.repeat(5000)}"id":"conv_1"}}`
    const refused = await sluice.send(RESPONSES, { headers: as(KEYS[1]), body })
    expect(refused.status).toBe(404)
    expect(refused.json.error).toMatchObject({ param: 'conversation' })
    expect(callsOf(upstream)).toEqual([])
  })

  it('costs nothing when it is read again', async () => {
    const { sluice } = await startHouse()
    const { json } = await sluice.send(RESPONSES, { body: ask().body })
    await sluice.send(`${RESPONSES}/${json.id}`)
    const line = await sluice.logged((each) => isCall(each) && each.route !== 'POST /v1/responses')
    expect(line).toMatchObject({
      route: 'GET /v1/responses/{id}',
      target: `openai/${GPT}`,
      tokensIn: 0,
      tokensOut: 0,
      outcome: 'ok',
    })
  })

  it('is unknown if its client wanted nothing stored', async () => {
    const { sluice, upstream } = await startHouse()
    const { json } = await sluice.send(RESPONSES, { body: { ...ask().body, store: false } })
    expect((await sluice.send(`${RESPONSES}/${json.id}`)).status).toBe(404)
    expect(visits(upstream)).toEqual([])
  })
})

describe('a response that runs in the background of its upstream', () => {
  it('is polled there, and counted once, when it is complete', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'Done.' }], usage: { input: 70, output: 30 } })
    const body = JSON.stringify({ model: GPT, input: 'Hello.', background: true })
    const first = await sluice.send(RESPONSES, { body })
    expect(first.json).toMatchObject({ status: 'queued', background: true })
    expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(body)
    const path = `${RESPONSES}/${first.json.id}`
    const statuses = []
    for (let visit = 0; visit < 3; visit++) statuses.push((await sluice.send(path)).json.status)
    expect(statuses).toEqual(['in_progress', 'completed', 'completed'])
    await sluice.logged(() => sluice.log.filter(isCall).length === 4)
    expect(
      sluice.log.filter(isCall).map(({ tokensIn, tokensOut }) => [tokensIn, tokensOut]),
    ).toEqual([
      [0, 0],
      [0, 0],
      [70, 30],
      [0, 0],
    ])
  })

  it('is counted once, when it is complete, although its first reader left', async () => {
    const { sluice, upstream } = await startHouse()
    const usage = { input: 70, output: 30 }
    upstream.next({ parts: [{ text: 'Said at length.' }], fault: { stallAfterEvents: 5 }, usage })
    const leaving = new AbortController()
    const response = await fetch(sluice.url + RESPONSES, {
      method: 'POST',
      signal: leaving.signal,
      body: JSON.stringify({ ...ask().body, background: true, stream: true }),
    })
    const { value } = await response.body!.getReader().read()
    const path = `${RESPONSES}/${/"id":"(resp_[^"]+)"/.exec(Buffer.from(value!).toString())?.[1]}`
    leaving.abort()
    await sluice.logged(isCall)
    for (let visit = 0; visit < 3; visit++) await sluice.send(path)
    await sluice.logged(() => sluice.log.filter(isCall).length === 4)
    const spent = sluice.log.filter(isCall).map((line) => [line.tokensIn, line.tokensOut])
    expect(spent[0]).toEqual([0, 0])
    expect(spent.filter(([input]) => input !== 0)).toEqual([[70, 30]])
  })

  it('is counted once if it is polled before its stream has ended', async () => {
    const { sluice, upstream } = await startHouse()
    const usage = { input: 70, output: 30 }
    upstream.next({ parts: [{ text: 'Said at some length.' }], pieces: 10, paceMs: 30, usage })
    const response = await fetch(sluice.url + RESPONSES, {
      method: 'POST',
      body: JSON.stringify({ ...ask().body, background: true, stream: true }),
    })
    const reader = response.body!.getReader()
    const first = Buffer.from((await reader.read()).value!).toString()
    const path = `${RESPONSES}/${/"id":"(resp_[^"]+)"/.exec(first)?.[1]}`
    const polled = await sluice.send(path)
    expect(polled.json.status).toBe('completed')
    while (!(await reader.read()).done);
    await sluice.logged(() => sluice.log.filter(isCall).length === 2)
    const spent = sluice.log.filter(isCall).map((line) => [line.tokensIn, line.tokensOut])
    expect(spent).toEqual([
      [70, 30],
      [0, 0],
    ])
  })

  it('whose stream was read to its end has been counted', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'Done.' }], usage: { input: 70, output: 30 } })
    const body = { ...ask().body, background: true, stream: true }
    const { text } = await sluice.send(RESPONSES, { body })
    const path = `${RESPONSES}/${/"id":"(resp_[^"]+)"/.exec(text)?.[1]}`
    for (let visit = 0; visit < 3; visit++) await sluice.send(path)
    await sluice.logged(() => sluice.log.filter(isCall).length === 4)
    const spent = sluice.log.filter(isCall).map((line) => [line.tokensIn, line.tokensOut])
    expect(spent.filter(([input]) => input !== 0)).toEqual([[70, 30]])
  })

  it('is streamed again from after the last event received', async () => {
    const { sluice } = await startHouse()
    const first = await sluice.send(RESPONSES, { body: { ...ask().body, background: true } })
    const path = `${RESPONSES}/${first.json.id}`
    const whole = await sluice.send(`${path}?stream=true`)
    expect(checkResponsesStream(whole.bytes)).toEqual([])
    const rest = await sluice.send(`${path}?stream=true&starting_after=2`)
    expect(rest.headers['content-type']).toContain('text/event-stream')
    expect(whole.text.endsWith(rest.text)).toBe(true)
    expect(/"sequence_number":(\d+)/.exec(rest.text)?.[1]).toBe('3')
  })

  it('is ended by a cancel', async () => {
    const { sluice } = await startHouse()
    const first = await sluice.send(RESPONSES, { body: { ...ask().body, background: true } })
    const path = `${RESPONSES}/${first.json.id}/cancel`
    expect((await sluice.send(path, { method: 'POST' })).json.status).toBe('cancelled')
  })

  it('whose stream ends as cancelled is logged as cancelled, wherever it is read from', async () => {
    const { sluice } = await startHouse()
    const first = await sluice.send(RESPONSES, { body: { ...ask().body, background: true } })
    const path = `${RESPONSES}/${first.json.id}`
    await sluice.send(`${path}/cancel`, { method: 'POST' })
    const whole = await sluice.send(`${path}?stream=true`)
    expect(checkResponsesStream(whole.bytes)).toEqual([])
    const rest = await sluice.send(`${path}?stream=true&starting_after=1`)
    expect(rest.status).toBe(200)
    expect(rest.text).toContain('"status":"cancelled"')
    expect(whole.text.endsWith(rest.text)).toBe(true)
    expect((await sluice.send(path)).json.status).toBe('cancelled')
    await sluice.logged(() => sluice.log.filter(isCall).length === 5)
    const outcomes = sluice.log.filter(isCall).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['ok', 'ok', 'cancelled', 'cancelled', 'ok'])
  })

  it.each(['failed', 'cancelled'])(
    'whose stream ends as cancelled is logged as cancelled (response.%s)',
    async (name) => {
      const { sluice, upstream } = await startHouse()
      const response = { id: 'resp_1', object: 'response', model: GPT, output: [], error: null }
      const event = (type: string, status: string) =>
        `event: ${type}\ndata: ${JSON.stringify({ type, response: { ...response, status } })}\n\n`
      const text = event('response.created', 'in_progress') + event(`response.${name}`, 'cancelled')
      upstream.next({ fault: { rawBytes: [Buffer.from(text)] } })
      const body = { ...ask().body, background: true, stream: true }
      expect((await sluice.send(RESPONSES, { body })).text).toBe(text)
      expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'cancelled' })
    },
  )
})

describe('a request that refers to a relayed response', () => {
  const twoOpenais = async () => {
    const [first, second] = [await upstreamForTest(), await upstreamForTest()]
    const sluice = await sluiceForTest({
      providers: [
        { ...openaiAt(first.url), name: 'one' },
        { ...openaiAt(second.url), name: 'two' },
      ],
      aliases: [{ name: 'either', targets: [`one/${GPT}`, `two/${GPT}`] }],
    })
    return { first, second, sluice }
  }

  it('goes to the target that has it, whichever is first in the list', async () => {
    const { first, second, sluice } = await twoOpenais()
    first.next({ fault: { status: 500 } })
    const { json } = await sluice.send(RESPONSES, { body: { model: 'either', input: 'Hello.' } })
    expect(callsOf(second)).toHaveLength(1)
    const body = { model: 'either', input: 'Go on.', previous_response_id: json.id }
    const next = await sluice.send(RESPONSES, { body })
    expect(next.status).toBe(200)
    expect(next.headers['x-sluice-target']).toBe(`two/${GPT}`)
    expect(callsOf(first)).toHaveLength(1)
  })

  it('fails if that target fails, since no other target has the response', async () => {
    const { first, second, sluice } = await twoOpenais()
    const { json } = await sluice.send(RESPONSES, { body: { model: 'either', input: 'Hello.' } })
    first.next(...Array.from({ length: 3 }, () => ({ fault: { status: 500 } })))
    const body = { model: 'either', input: 'Go on.', previous_response_id: json.id }
    expect((await sluice.send(RESPONSES, { body })).status).toBe(500)
    expect(callsOf(second)).toEqual([])
  })

  it('also holds for conversations', async () => {
    const { first, second, sluice } = await twoOpenais()
    first.next({ fault: { status: 500 } })
    const conversation = { id: 'conv_1' }
    await sluice.send(RESPONSES, { body: { model: 'either', input: 'Hello.', conversation } })
    const body = { model: 'either', input: 'Go on.', conversation: 'conv_1' }
    const next = await sluice.send(RESPONSES, { body })
    expect(next.headers['x-sluice-target']).toBe(`two/${GPT}`)
    expect(callsOf(first)).toHaveLength(1)
    expect(callsOf(second)).toHaveLength(2)
  })

  it('is told to send the complete conversation if its model is elsewhere', async () => {
    const { sluice, upstream } = await startHouse()
    const { json } = await sluice.send(RESPONSES, { body: ask().body })
    const body = { model: CLAUDE, input: 'Go on.', previous_response_id: json.id }
    const refused = await sluice.send(RESPONSES, { body })
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({
      code: 'previous_response_not_found',
      param: 'previous_response_id',
      message: expect.stringContaining("is kept by 'openai'"),
    })
    expect(callsOf(upstream)).toHaveLength(1)
  })
})
