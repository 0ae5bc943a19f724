/** A response that every target can continue is continued where its cache is warm. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CLAUDE, GPT, RESPONSES } from '../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../tools/app/start-sluice.ts'
import { openClient } from '../tools/server/websocket/open-client.ts'

const NAMES = ['one', 'two', 'three']

const start = async (
  vendor: typeof openaiAt | typeof anthropicAt,
  model: string,
  options: Partial<AppOptions> = {},
) => {
  const upstreams = await Promise.all(NAMES.map(() => upstreamForTest()))
  const sluice = await sluiceForTest({
    providers: upstreams.map(({ url }, at) => ({ ...vendor(url), name: NAMES[at] ?? '' })),
    aliases: [
      { name: 'best', targets: NAMES.map((name) => `${name}/${model}`), strategy: 'weighted' },
    ],
    ...options,
  })
  const counts = () => upstreams.map((upstream) => callsOf(upstream).length)
  /** How many calls each upstream has received of a conversation. */
  const countIn = async (converse: () => Promise<void>): Promise<number[]> => {
    const before = counts()
    await converse()
    return counts().map((count, at) => count - (before[at] ?? 0))
  }
  return { sluice, countIn }
}

describe.each([false, true])('over HTTP (stream: %s)', (stream) => {
  it('a translated response is continued at its target', async () => {
    const { sluice, countIn } = await start(anthropicAt, CLAUDE)
    for (let conversation = 0; conversation < 6; conversation++) {
      const found = await countIn(async () => {
        let previous: string | undefined
        for (let call = 0; call < 4; call++) {
          const body = { model: 'best', input: 'x', stream, previous_response_id: previous }
          const { status, text } = await sluice.send(RESPONSES, { body })
          expect(status, text).toBe(200)
          previous = /"id":"(resp_[^"]+)"/.exec(text)?.[1]
        }
      })
      expect(found.toSorted()).toEqual([0, 0, 4])
    }
  })
})

const converse = (url: string, fields: object) => async () => {
  const client = await openClient(url, RESPONSES)
  let previous: unknown
  for (let call = 0; call < 4; call++) {
    client.frames.length = 0
    const more = previous === undefined ? {} : { previous_response_id: previous }
    client.send({ type: 'response.create', model: 'best', input: 'x', ...fields, ...more })
    const { response } = await client.until('the end', ({ type }) => type === 'response.completed')
    previous = response?.id
  }
  client.socket.close()
}

describe.each([
  ['relayed', openaiAt, GPT],
  ['translated', anthropicAt, CLAUDE],
] as const)('on a socket, %s', (_, vendor, model) => {
  it('a response is continued at its target', async () => {
    const { sluice, countIn } = await start(vendor, model)
    for (let conversation = 0; conversation < 6; conversation++)
      expect((await countIn(converse(sluice.url, {}))).toSorted()).toEqual([0, 0, 4])
  })
})

it('on a socket a relayed response is continued at its target, although nothing is stored', async () => {
  const { sluice, countIn } = await start(openaiAt, GPT)
  for (let conversation = 0; conversation < 6; conversation++)
    expect((await countIn(converse(sluice.url, { store: false }))).toSorted()).toEqual([0, 0, 4])
})

it('without affinity each response on a socket is balanced like any other call', async () => {
  const { sluice, countIn } = await start(anthropicAt, CLAUDE, { affinity: false })
  const all = [0, 0, 0]
  for (let conversation = 0; conversation < 6; conversation++)
    for (const [at, count] of (await countIn(converse(sluice.url, {}))).entries())
      if (count === 4) all[at] = (all[at] ?? 0) + 1
  expect(all.reduce((sum, count) => sum + count)).toBeLessThan(6)
})
