/** The cost of a stream while it runs, for clients that ask for it. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, GPT } from '../../../tools/app/asks.ts'
import { callsOf } from '../../../tools/app/house.ts'
import { isCall } from '../../../tools/app/start-sluice.ts'
import {
  ask,
  ASKS,
  costsIn,
  RUNNING_COST as headers,
  startSettled,
  TARGETS,
  WORDS,
} from '../../../tools/gateway/settled-house.ts'

const PAIRS = Object.keys(ASKS).flatMap((client) =>
  [...Object.values(TARGETS), 'demo/demo'].map((target) => [client, target] as const),
)

describe('a stream reports its cost', () => {
  it.each(PAIRS)(
    'in %s from %s: it rises, and ends with the settled cost',
    async (client, target) => {
      const { sluice, upstream, settlements } = await startSettled({ demo: { paceMs: 0 } })
      upstream.next({ ...WORDS, usage: { input: 5000, output: 260, cacheRead: 3000 } })
      const { path, body } = ask(client, target, true)
      const { status, text } = await sluice.send(path, { body, headers })
      expect(status).toBe(200)
      await sluice.logged(isCall)
      const costs = costsIn(text)
      expect(costs.at(-1)).toBe(settlements[0]?.cost)
      expect(costs).toEqual(costs.toSorted((a, b) => a - b))
      if (!target.startsWith('demo')) expect(costs.length).toBeGreaterThan(1)
    },
  )

  it.each(PAIRS)('in %s from %s also if it breaks off', async (client, target) => {
    if (target.startsWith('demo')) return
    const { sluice, upstream, settlements } = await startSettled()
    upstream.next({ ...WORDS, fault: { cutAfterEvents: 12 } })
    const { path, body } = ask(client, target, true)
    const { text } = await sluice.send(path, { body, headers })
    await sluice.logged(isCall)
    expect(settlements[0]?.outcome).toBe('upstream_broken')
    expect(costsIn(text).at(-1)).toBe(settlements[0]?.cost)
  })
})

it('nothing is added for clients that do not ask, and the request is not forwarded', async () => {
  const { sluice, upstream } = await startSettled()
  const body = chatBody('x', { stream: true })
  for (const sent of [{}, { 'x-sluice-cost': 'yes' }, headers]) {
    const { text } = await sluice.send(CHAT, { body, headers: sent })
    expect(text.includes(': cost')).toBe(sent === headers)
  }
  for (const call of callsOf(upstream)) expect(call.headers).not.toHaveProperty('x-sluice-cost')
})

it('nothing is added if the price is unknown', async () => {
  const { sluice } = await startSettled()
  const body = chatBody('x', { model: 'gpt-99', stream: true })
  expect((await sluice.send(CHAT, { body, headers })).text).not.toContain('cost')
})

it('every event of the stream is as it would be without the cost', async () => {
  const { sluice, upstream } = await startSettled()
  for (const [client, make] of Object.entries(ASKS)) {
    const texts: string[] = []
    for (const sent of [{}, headers]) {
      upstream.next({ ...WORDS, usage: { input: 50, output: 260 } })
      const { path, body } = make(`openai/${GPT}`, true)
      texts.push((await sluice.send(path, { body, headers: sent })).text)
    }
    const [plain = '', costed = ''] = texts.map(withoutWhatDiffers)
    expect(costed.replaceAll(/^: cost .*\n\n|,"sluiceCost":[\d.]+(?=\}\r?$)/gm, ''), client).toBe(
      plain,
    )
  }
})

/** Ids and times. */
const withoutWhatDiffers = (text: string): string =>
  text.replaceAll(
    /"(?:id|item_id|responseId|created|created_at|completed_at)":(?:"[^"]*"|\d+)/g,
    '',
  )
