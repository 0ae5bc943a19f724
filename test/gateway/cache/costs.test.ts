/** Clients that ask for the cost of their stream share an answer, and each is told its own cost. */
import { describe, expect, it } from 'vitest'
import { callsOf } from '../../tools/app/house.ts'
import { eventually } from '../../tools/app/within.ts'
import { cacheable, DIALECTS, startCached } from '../../tools/gateway/cached-house.ts'
import { costsIn, RUNNING_COST, TARGETS } from '../../tools/gateway/settled-house.ts'

const SLOW = { parts: [{ text: 'word '.repeat(60) }], pieces: 60, paceMs: 15, delayMs: 300 }

/** The events of a stream without costs. */
const toEvents = (text: string): readonly string[] =>
  text
    .replaceAll(',"sluiceCost":0', '')
    .split(/(?:\r?\n){2}/)
    .filter((event) => event !== '' && event !== ': cost 0')

describe.each(
  DIALECTS.flatMap((dialect) => [TARGETS.openai, TARGETS.anthropic].map((at) => [dialect, at])),
)('the cost of a stream of %s at %s', (dialect, target) => {
  it('is reported to the first of its clients, and 0 to the others', async () => {
    const { upstream, sluice, settlements } = await startCached()
    const { path, body } = cacheable(dialect, target, true)
    upstream.next(SLOW)
    const ask = (headers = {}) => sluice.send(path, { body, headers })
    const first = ask(RUNNING_COST)
    await eventually('the upstream is asked', () => callsOf(upstream).length === 1)
    const [made, same, plain] = await Promise.all([first, ask(RUNNING_COST), ask()])
    const later = await ask(RUNNING_COST)
    const laterPlain = await ask()
    expect(callsOf(upstream)).toHaveLength(1)
    await eventually('all are settled', () => settlements.length === 5)
    const cost = settlements.find(({ cache }) => cache === 'miss')?.cost
    expect(cost).toBeGreaterThan(0)
    expect(costsIn(made.text).at(-1)).toBe(cost)
    expect([same, plain, later, laterPlain].map(({ text }) => costsIn(text))).toEqual([
      [0],
      [],
      [0],
      [],
    ])
    expect(laterPlain.text).toBe(plain.text)
    expect(toEvents(same.text)).toEqual(toEvents(plain.text))
    expect(toEvents(later.text)).toEqual(toEvents(plain.text))
  })
})
