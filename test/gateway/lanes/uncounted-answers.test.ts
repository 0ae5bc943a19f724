/** An answer whose upstream has not counted its tokens costs what its text is, on both lanes: not the JSON around it. */
import { expect, it } from 'vitest'
import { isCall } from '../../tools/app/start-sluice.ts'
import { ask, startSettled, TARGETS } from '../../tools/gateway/settled-house.ts'

const TEXT = 'one two three four five six seven eight nine ten'

it.each(
  ['Chat', 'Responses', 'Messages', 'Gemini'].flatMap((dialect) =>
    Object.values(TARGETS).map((target) => [dialect, target] as const),
  ),
)('%s from %s', async (dialect, target) => {
  const { sluice, upstream } = await startSettled()
  upstream.next({ parts: [{ text: TEXT }], rawUsage: {} })
  const { path, body } = ask(
    dialect,
    dialect === 'Gemini' ? encodeURIComponent(target) : target,
    false,
  )
  expect((await sluice.send(path, { body })).status).toBe(200)
  expect(await sluice.logged(isCall)).toMatchObject({
    outcome: 'ok',
    estimated: true,
    tokensOut: TEXT.length / 4,
  })
})
