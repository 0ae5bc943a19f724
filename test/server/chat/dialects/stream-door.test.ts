/** `/chat/stream`, read as a browser reads it. */
import { describe, expect, it } from 'vitest'
import { GPT } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'
import { eventually, within } from '../../../tools/app/within.ts'
import { readChatWs } from '../../../tools/checkers/chat/index.ts'
import { openDoor } from '../../../tools/server/chat/door-client.ts'
import { readEvents, type ServerEvent } from '../../../tools/server/chat/event-stream.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const ANSWER = { parts: [{ text: WORDS }], pieces: 10 }
const SLOWLY = { parts: [{ text: WORDS }], pieces: 20, paceMs: 5 }

const QUERY = `/chat/stream?message=Hello&session_id=den&model=${GPT}`

const post = (body: object, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ model: GPT, ...body }),
})

const fold = (events: readonly ServerEvent[]) => {
  const reader = readChatWs()
  for (const { data } of events) reader.take(data)
  return reader.read()
}

const WHOLE = [expect.objectContaining({ text: WORDS, status: 'done' })]

describe('a stream of one answer', () => {
  it.each([
    ['GET', undefined],
    ['POST', post({ message: 'Hello', session_id: 'den' })],
  ])('is complete over %s, and ends behind its run', async (_, init) => {
    const { upstream, sluice } = await startHouse()
    upstream.next(ANSWER)
    const url = sluice.url + (init ? '/chat/stream' : QUERY)
    const { status, events, ended } = await readEvents(url, init)
    expect(status).toBe(200)
    expect(ended).toBe(true)
    expect(fold(events).faults).toEqual([])
    expect(fold(events).entries).toEqual(WHOLE)
    expect(events.every(({ id, name }) => id !== undefined && name === undefined)).toBe(true)
    const types = events.map(({ data }) => (JSON.parse(data) as { type: string }).type)
    expect(types[0]).toBe('connected')
    expect(types.at(-1)).toBe('done')
  })

  it('makes a session where none is named, and tells its id', async () => {
    const { sluice } = await startHouse()
    const { events } = await readEvents(`${sluice.url}/chat/stream?message=Hi&model=${GPT}`)
    expect(JSON.parse(events[0]?.data ?? '')).toMatchObject({
      session_id: expect.stringMatching(/^ses_/),
    })
  })

  it('reads on after a cut at any event, and never runs the message again', async () => {
    const { upstream, sluice } = await startHouse()
    for (let most = 1; most < 12; most++) {
      upstream.next(SLOWLY)
      const url = `${sluice.url}/chat/stream?message=Hi&model=${GPT}`
      const calls = callsOf(upstream).length
      const events: ServerEvent[] = []
      let answer = await readEvents(url, {}, most)
      events.push(...answer.events)
      while (!answer.ended) {
        const last = events.at(-1)?.id ?? ''
        answer = await readEvents(url, { headers: { 'last-event-id': last } }, most)
        events.push(...answer.events)
        if (answer.status === 204) break
        expect(answer.status).toBe(200)
      }
      expect(fold(events).faults).toEqual([])
      expect(fold(events).entries).toEqual(WHOLE)
      expect(callsOf(upstream)).toHaveLength(calls + 1)
    }
  })

  it('has nothing left behind its last event', async () => {
    const { upstream, sluice } = await startHouse()
    const { events } = await readEvents(sluice.url + QUERY)
    const last = { 'last-event-id': events.at(-1)?.id ?? '' }
    expect(await readEvents(sluice.url + QUERY, { headers: last })).toMatchObject({
      status: 204,
      text: '',
    })
    expect(await readEvents(`${sluice.url}/chat/stream`, post({}, last))).toMatchObject({
      status: 204,
    })
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('reads on from a position without a message, to the end of one run', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next(ANSWER, { parts: [{ text: 'Second.' }] })
    const [first, second] = [
      await readEvents(sluice.url + QUERY),
      await readEvents(sluice.url + QUERY),
    ]
    const readFrom = (position: string) =>
      readEvents(`${sluice.url}/chat/stream?session_id=den&position=${position}`)
    expect(fold((await readFrom('0.0')).events).entries).toEqual(WHOLE)
    const { position = '' } = fold(first.events)
    expect(fold((await readFrom(position)).events).entries).toMatchObject([{ text: 'Second.' }])
    const end = fold(second.events).position ?? ''
    expect(await readFrom(end)).toMatchObject({ status: 204 })
    expect(await readFrom('soon')).toMatchObject({ status: 400 })
    expect(callsOf(upstream)).toHaveLength(2)
  })

  it('gives the answer again for a message that comes twice', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next(ANSWER)
    const url = `${sluice.url}${QUERY}&client_message_id=c-1`
    const first = await readEvents(url)
    const second = await readEvents(url)
    expect(fold(second.events).entries).toEqual(fold(first.events).entries)
    expect(fold(second.events).faults).toEqual([])
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('waits for the turn of its message, and has no other answer', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next(SLOWLY, { parts: [{ text: 'Second.' }] })
    const first = readEvents(sluice.url + QUERY)
    await eventually('the first is asked', () => callsOf(upstream).length === 1)
    const second = await readEvents(sluice.url + QUERY)
    expect(fold(second.events)).toMatchObject({
      faults: [],
      entries: [{ text: 'Second.', status: 'done' }],
    })
    expect(fold((await first).events).entries).toEqual(WHOLE)
  })

  it('ends as cancelled if another door stops it', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ ...ANSWER, fault: { stallAfterEvents: 5 } })
    const reading = readEvents(sluice.url + QUERY)
    await eventually('it is asked', () => (callsOf(upstream)[0]?.bytesWritten ?? 0) > 0)
    const other = await openDoor(sluice.url, '/chat/ws?session_id=den')
    await other.until('some text', () => other.texts.some((text) => text.includes('"token"')))
    other.send({ type: 'cancel' })
    const { events, ended } = await within(30_000, 'the end', reading)
    expect(ended).toBe(true)
    expect(fold(events).entries).toMatchObject([{ status: 'cancelled' }])
    other.cut()
  })

  it('goes on without its client, unless the message says otherwise', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next(SLOWLY)
    await readEvents(sluice.url + QUERY, {}, 3)
    await within(30_000, 'the answer is complete', callsOf(upstream)[0]!.closed)
    expect(callsOf(upstream)[0]!.closedEarly).toBe(false)
    upstream.next({ ...ANSWER, fault: { stallAfterEvents: 5 } })
    await readEvents(`${sluice.url}${QUERY}&on_disconnect=cancel`, {}, 3)
    await within(30_000, 'the upstream is left', callsOf(upstream)[1]!.closed)
    expect(callsOf(upstream)[1]!.closedEarly).toBe(true)
  })
})

describe('a stream is refused', () => {
  it('to a page of another site that would start an answer by GET', async () => {
    const { upstream, sluice } = await startHouse()
    const headers = { 'sec-fetch-site': 'cross-site' }
    const answer = await sluice.send(QUERY, { headers })
    expect(answer.status).toBe(403)
    expect(callsOf(upstream)).toEqual([])
    for (const site of ['same-origin', 'none'])
      expect((await sluice.send(QUERY, { headers: { 'sec-fetch-site': site } })).status).toBe(200)
  })

  it.each([
    ['no message', '/chat/stream', 'content'],
    ['an empty message', '/chat/stream?message=', 'content'],
    ['two messages', '/chat/stream?message=a&message=b', 'message'],
    ['an unknown parameter', '/chat/stream?message=a&color=red', 'color'],
    ['an impossible session', '/chat/stream?message=a&session_id=..', 'session_id'],
    ['a NUL', '/chat/stream?message=a&session_id=a%00b', 'session_id'],
  ])('for %s, with the field', async (_, path, param) => {
    const { upstream, sluice } = await startHouse()
    const { status, json } = await sluice.send(path)
    expect(status).toBe(400)
    expect(json).toMatchObject({ error: { param } })
    expect(callsOf(upstream)).toEqual([])
  })

  it.each([
    ['that cannot be read', 'nonsense', 400],
    ['of a session that does not exist', 'nowhere~run_1~1.2', 404],
  ])('for an id %s', async (_, id, status) => {
    const { upstream, sluice } = await startHouse()
    expect(await sluice.send(QUERY, { headers: { 'last-event-id': id } })).toMatchObject({ status })
    expect(callsOf(upstream)).toEqual([])
  })

  it('for methods that it does not have', async () => {
    const { sluice } = await startHouse()
    for (const method of ['HEAD', 'PUT', 'DELETE'])
      expect(await sluice.send(QUERY, { method })).toMatchObject({ status: 405 })
  })
})

it('takes a ticket in place of a key, once', async () => {
  const { sluice } = await startHouse({ keys: [{ key: 'sk-ann-0123456789' }] } as never)
  const headers = { authorization: 'Bearer sk-ann-0123456789' }
  const { json } = await sluice.send('/api/tickets', { method: 'POST', headers, body: {} })
  const url = `${sluice.url}${QUERY}&ticket=${String(json.ticket)}`
  expect((await readEvents(sluice.url + QUERY)).status).toBe(401)
  expect(fold((await readEvents(url)).events).entries).toHaveLength(1)
  expect((await readEvents(url)).status).toBe(401)
})
