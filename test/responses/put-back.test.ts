/** What a request names is put back into it within the limits of a request, however often it is named. */
import { describe, expect, it } from 'vitest'
import { CLAUDE, RESPONSES } from '../tools/app/asks.ts'
import { callsOf, type House, startHouse } from '../tools/app/house.ts'
import { isCall } from '../tools/app/start-sluice.ts'
import { eventually } from '../tools/app/within.ts'
import { type FrameJson, openClient } from '../tools/server/websocket/open-client.ts'

const KIB = 1024
const limits = { bodyBytes: 512 * KIB, inFlightBytes: 8 * KIB * KIB, depth: 512 }

const reference = (id: unknown) => ({ type: 'item_reference', id })
const user = (content: string) => ({ role: 'user', content })

/** The ids of messages that were answered, each of so many bytes. */
const answers = async (
  { sluice, upstream }: Awaited<ReturnType<typeof startHouse>>,
  count: number,
  bytes: number,
) => {
  const given: { id: string; item: string }[] = []
  for (let answer = 0; answer < count; answer++) {
    upstream.next({ parts: [{ text: `${answer} `.padEnd(bytes, 'x') }] })
    const { json } = await sluice.send(RESPONSES, { body: { model: CLAUDE, input: 'Hello.' } })
    const [item] = json.output as { id: string }[]
    given.push({ id: String(json.id), item: String(item?.id) })
  }
  return given
}

const overSocket = async (sluice: House, body: object) => {
  const client = await openClient(sluice.url, RESPONSES)
  client.send(body)
  const isEnd = ({ type }: FrameJson) => type === 'error' || type === 'response.completed'
  const end = await client.until('the end', isEnd)
  return { status: end.type === 'error' ? Number(end.status) : 200, error: end.error }
}

const overHttp = async (sluice: House, body: object) => {
  const { status, json } = await sluice.send(RESPONSES, { body })
  return { status, error: json.error as Record<string, unknown> | undefined }
}

describe.each([
  ['HTTP', overHttp],
  ['the WebSocket', overSocket],
])('over %s', (_, send) => {
  it('items named by id are inserted in their places', async () => {
    const house = await startHouse({ limits })
    const [first, second] = await answers(house, 2, 20)
    const input = [
      user('One.'),
      reference(first?.item),
      user('Two.'),
      reference(second?.item),
      user('ü'),
    ]
    expect((await send(house.sluice, { model: CLAUDE, input })).status).toBe(200)
    const sent = JSON.stringify(callsOf(house.upstream).at(-1)?.body)
    const places = ['One.', '"0 xxx', 'Two.', '"1 xxx', 'ü'].map((text) => sent.indexOf(text))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
  })

  it('items that exceed the body limit together are a 413, and no upstream is asked', async () => {
    const house = await startHouse({ limits })
    const given = await answers(house, 10, 60 * KIB)
    const input = [user('All?'), ...given.map(({ item }) => reference(item)), user('Go on.')]
    const refused = await send(house.sluice, { model: CLAUDE, input })
    expect(refused.status).toBe(413)
    expect(refused.error).toMatchObject({ code: 'request_too_large', param: 'input' })
    expect(callsOf(house.upstream)).toHaveLength(given.length)
    const fewer = [
      user('All?'),
      ...given.slice(0, 7).map(({ item }) => reference(item)),
      user('Go on.'),
    ]
    expect((await send(house.sluice, { model: CLAUDE, input: fewer })).status).toBe(200)
  })

  it('an item is named once: a second time is a 400 that names the field', async () => {
    const house = await startHouse({ limits })
    const [given] = await answers(house, 1, 20)
    const input = [reference(given?.item), user('And?'), reference(given?.item)]
    const refused = await send(house.sluice, { model: CLAUDE, input })
    expect(refused.status).toBe(400)
    expect(refused.error).toMatchObject({ param: 'input[2].id' })
  })

  it('more names than a conversation has items are a 400', async () => {
    const { sluice, upstream } = await startHouse({ limits })
    const input = Array.from({ length: 10_001 }, () => reference('m'))
    const refused = await send(sluice, { model: CLAUDE, input })
    expect(refused.status).toBe(400)
    expect(refused.error).toMatchObject({ param: 'input' })
    expect(callsOf(upstream)).toEqual([])
  })
})

describe('a conversation of turns that refer to each other', () => {
  const turns = async (count: number, bytes: number) => {
    const house = await startHouse({ limits })
    const ids: unknown[] = []
    for (let turn = 0; turn < count; turn++) {
      const { json, status } = await house.sluice.send(RESPONSES, {
        body: {
          model: CLAUDE,
          input: `${turn}:`.padEnd(bytes, 'y'),
          previous_response_id: ids.at(-1),
        },
      })
      if (status !== 200) return { ...house, ids, refused: { status, json } }
      ids.push(json.id)
    }
    return { ...house, ids, refused: undefined }
  }

  it('is sent completely, even after the id of its beginning has expired', async () => {
    const { sluice, upstream, ids } = await turns(5, 100)
    await sluice.send(`${RESPONSES}/${String(ids[0])}`, { method: 'DELETE' })
    const body = { model: CLAUDE, input: 'Last.', previous_response_id: ids.at(-1) }
    expect((await sluice.send(RESPONSES, { body })).status).toBe(200)
    const { messages } = callsOf(upstream).at(-1)!.body as { messages: unknown[] }
    expect(messages).toHaveLength(11)
    const path = `${RESPONSES}/${String(ids.at(-1))}/input_items?order=asc&limit=100`
    const { data } = (await sluice.send(path)).json as { data: { content: unknown }[] }
    expect(data).toHaveLength(9)
    expect(data[0]?.content).toContain('0:yyy')
  })

  it('ends when it exceeds the body limit', async () => {
    const { refused, ids } = await turns(20, 60 * KIB)
    expect(refused?.status).toBe(413)
    expect(refused?.json.error).toMatchObject({ code: 'request_too_large' })
    expect(ids.length).toBeGreaterThan(3)
  })
})

it('inserted input is counted only while its call is in progress', async () => {
  // A request that is translated counts twice, as it came and as it goes up.
  const house = await startHouse({ limits: { ...limits, inFlightBytes: 1700 * KIB } })
  const { sluice, upstream } = house
  const [given] = await answers(house, 1, 200 * KIB)
  const input = [user('A question.'), reference(given?.item), user('Go on.')]
  const body = { model: CLAUDE, input, store: false }
  for (let call = 0; call < 10; call++)
    expect((await sluice.send(RESPONSES, { body })).status).toBe(200)
  const leaving = new AbortController()
  upstream.next(...Array.from({ length: 3 }, () => ({ fault: { neverAnswer: true } as const })))
  const open = Array.from({ length: 3 }, () =>
    fetch(sluice.url + RESPONSES, {
      method: 'POST',
      signal: leaving.signal,
      body: JSON.stringify(body),
    }).catch(() => undefined),
  )
  await eventually('three are open', () => callsOf(upstream).length === 14)
  const larger = { ...body, input: [...input, user('x'.repeat(150 * KIB))] }
  expect((await sluice.send(RESPONSES, { body: larger })).status).toBe(503)
  leaving.abort()
  await Promise.all(open)
})

it('pages of input items have at most four megabytes, and at least one item', async () => {
  const { sluice } = await startHouse()
  const input = Array.from({ length: 3 }, (_, at) => user(`${at}`.padEnd(3 * KIB * KIB, 'z')))
  const { json } = await sluice.send(RESPONSES, { body: { model: CLAUDE, input } })
  const path = `${RESPONSES}/${String(json.id)}/input_items?order=asc`
  const first = await sluice.send(path)
  expect((first.json.data as unknown[]).length).toBe(1)
  expect(first.json.has_more).toBe(true)
  const last = await sluice.send(`${path}&after=${String(first.json.last_id)}&limit=2`)
  expect((last.json.data as { content: string }[])[0]?.content.startsWith('1')).toBe(true)
  expect(sluice.log.filter(isCall)).toHaveLength(1)
})
