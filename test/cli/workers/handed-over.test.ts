/** Calls about an earlier response reach the worker that knows it, on whichever connection they come. */
import { describe, expect, it } from 'vitest'
import { CLAUDE, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { callsOf, upstreamForTest } from '../../tools/app/house.ts'
import { type CrewUnderTest, startCrew } from '../../tools/workers/crew.ts'
import { ask } from '../../tools/workers/own-connection.ts'

const ANN = { authorization: 'Bearer key-of-ann' }
const BOB = { authorization: 'Bearer key-of-bob' }
const keys = [{ key: 'key-of-ann' }, { key: 'key-of-bob' }]

/** Two workers take turns, so some of these reach the one and some the other. */
const TIMES = 6

const PATIENT = { timeout: 30_000, interval: 100 }

const create = async (crew: CrewUnderTest, more: Record<string, unknown>): Promise<string> => {
  const { text } = await ask(`${crew.url}${RESPONSES}`, {
    headers: ANN,
    body: responsesBody('[[say the first answer]]', more),
  })
  return (JSON.parse(await text) as { id: string }).id
}

const askTimes = async (crew: CrewUnderTest, path: string, asking: Parameters<typeof ask>[1]) => {
  const statuses: number[] = []
  for (let at = 0; at < TIMES; at++) {
    const { status, text } = await ask(`${crew.url}${path}`, asking)
    await text
    statuses.push(status)
  }
  return statuses
}

const all = (status: number): number[] => Array.from({ length: TIMES }, () => status)

describe('two workers', { timeout: 60_000 }, () => {
  it.each([
    ['translated', { model: CLAUDE }],
    ['relayed', { store: true }],
  ])('both continue and read a response that is %s', async (_, more) => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url, file: { keys } })
    const id = await create(crew, more)
    const body = responsesBody('and then?', { ...more, previous_response_id: id })
    const before = callsOf(upstream).length
    expect(await askTimes(crew, RESPONSES, { headers: ANN, body })).toEqual(all(200))
    expect(callsOf(upstream).length - before).toBe(TIMES)
    expect(await askTimes(crew, `${RESPONSES}/${id}`, { headers: ANN })).toEqual(all(200))

    expect(await askTimes(crew, RESPONSES, { headers: BOB, body })).toEqual(all(400))
    expect(await askTimes(crew, `${RESPONSES}/${id}`, { headers: BOB })).toEqual(all(404))
    const { status } = await ask(`${crew.url}${RESPONSES}/${id}`, {
      headers: ANN,
      method: 'DELETE',
    })
    expect(status).toBe(200)
    expect(await askTimes(crew, `${RESPONSES}/${id}`, { headers: ANN })).toEqual(all(404))
  })

  it('both follow a run in the background', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url, file: { keys } })
    const id = await create(crew, { model: CLAUDE, background: true })
    const path = `${RESPONSES}/${id}?stream=true`
    expect(await askTimes(crew, path, { headers: ANN })).toEqual(all(200))
    const read = await ask(`${crew.url}${RESPONSES}/${id}`, { headers: ANN })
    expect(JSON.parse(await read.text)).toMatchObject({ status: 'completed' })
    const followed = await ask(`${crew.url}${path}`, { headers: ANN })
    expect(await followed.text).toContain('response.completed')
  })

  it('count such a call once, for the address of its client', async () => {
    const upstream = await upstreamForTest()
    const file = { keys, limits: { by_ip: { window_requests: 5 } } }
    const crew = await startCrew({ upstreamUrl: upstream.url, file })
    const id = await create(crew, { model: CLAUDE })
    const body = responsesBody('next', { model: CLAUDE, previous_response_id: id })
    const statuses = await askTimes(crew, RESPONSES, { headers: ANN, body })
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429])
    await expect.poll(() => crew.lines('call').length, PATIENT).toBe(7)
  })

  it('let nobody say on the usual port that it is somebody else', async () => {
    const upstream = await upstreamForTest()
    const file = { keys, limits: { by_ip: { window_requests: 2 } } }
    const crew = await startCrew({ upstreamUrl: upstream.url, file })
    const body = responsesBody('hello', { model: CLAUDE })
    const statuses: number[] = []
    for (let at = 1; at <= 4; at++) {
      const headers = { ...ANN, 'x-sluice-client-address': `10.0.0.${at}` }
      statuses.push((await ask(`${crew.url}${RESPONSES}`, { headers, body })).status)
    }
    expect(statuses).toEqual([200, 200, 429, 429])
  })
})
