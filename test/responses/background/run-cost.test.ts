/** The cost of a response in the background, for those who follow it: a field of its events, if its request asked. */
import { describe, expect, it } from 'vitest'
import { CLAUDE, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { checkResponsesStream } from '../../tools/checkers/index.ts'
import {
  costsIn,
  FLAT,
  RUNNING_COST,
  startSettled,
  TARGETS,
  WORDS,
} from '../../tools/gateway/settled-house.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const start = () => startSettled({ prices: FLAT, demo: { paceMs: 0 } })

const inBackground = (model: string, text = 'hello') =>
  responsesBody(text, { model, background: true })

const ENDS: Readonly<Record<string, readonly [Answer, string]>> = {
  'is complete': [{ ...WORDS, usage: { input: 500, output: 260 } }, '[[tokens 60]]'],
  'is cut off': [{ ...WORDS, fault: { cutAfterEvents: 12 } }, '[[tokens 60]] [[cut 20]]'],
  fails: [{ ...WORDS, fault: { errorAfterEvents: 12 } }, '[[tokens 60]] [[garbage 20]]'],
}
const CASES = [CLAUDE, TARGETS.gemini, 'demo/demo'].flatMap((model) =>
  Object.entries(ENDS).map(([end, how]) => [model, end, how] as const),
)

describe('whoever follows a response', () => {
  it.each(CASES)('of %s that %s learns its cost', async (model, _, [answer, directive]) => {
    const { sluice, upstream, settlements } = await start()
    upstream.next(answer)
    const body = inBackground(model, model.startsWith('demo') ? directive : 'hello')
    const { json } = await sluice.send(RESPONSES, { body, headers: RUNNING_COST })
    const path = `${RESPONSES}/${String(json.id)}?stream=true`
    const [followed] = await Promise.all([sluice.send(path), sluice.logged(isCall)])
    expect(settlements[0]?.cost).toBeGreaterThan(0)
    expect(costsIn(followed.text).at(-1)).toBe(settlements[0]?.cost)
    const events = followed.text.match(/^data: /gm)?.length ?? 0
    const resumed = await sluice.send(`${path}&starting_after=${events - 2}`)
    expect(costsIn(resumed.text)).toEqual([settlements[0]?.cost])
    const plain = followed.text.replaceAll(/,"sluiceCost":[\d.]+(?=\}$)/gm, '')
    expect(checkResponsesStream(Buffer.from(plain))).toEqual([])
    expect((await sluice.send(`${RESPONSES}/${String(json.id)}`)).text).not.toContain('sluiceCost')
  })

  it.each([CLAUDE, 'demo/demo'])('of %s that is cancelled learns its cost', async (model) => {
    const { sluice, upstream, settlements } = await start()
    upstream.next({ ...WORDS, fault: { stallAfterEvents: 12 } })
    const text = model.startsWith('demo') ? '[[tokens 60]] [[stall 40]]' : 'hello'
    const body = inBackground(model, text)
    const { json } = await sluice.send(RESPONSES, { body, headers: RUNNING_COST })
    const path = `${RESPONSES}/${String(json.id)}`
    let output = 0
    const look = async () => {
      const { json: now } = await sluice.send(path)
      output = JSON.stringify(now.output).length
      if (now.status !== 'in_progress') await look()
    }
    await look()
    await eventually('it has begun', () => output > 0)
    const following = sluice.send(`${path}?stream=true`)
    await sluice.send(`${path}/cancel`, { method: 'POST' })
    const { text: followed } = await following
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'cancelled' }])
    expect(settlements[0]?.cost).toBeGreaterThan(0)
    expect(costsIn(followed).at(-1)).toBe(settlements[0]?.cost)
  })

  it('of a request that did not ask learns nothing', async () => {
    const { sluice } = await start()
    const { json } = await sluice.send(RESPONSES, { body: inBackground(CLAUDE) })
    const path = `${RESPONSES}/${String(json.id)}?stream=true`
    const { text } = await sluice.send(path, { headers: RUNNING_COST })
    expect(text).toContain('response.completed')
    expect(text).not.toMatch(/cost/i)
  })
})
