/** After how long a second target is asked: the innermost alias that says so decides. */
import { expect, it } from 'vitest'
import { createRouter } from '#router'
import { catalogue, providerNamed } from '../tools/router/virtual.ts'

const router = createRouter({
  providers: ['a', 'b', 'c'].map(providerNamed),
  catalogue,
  aliases: [
    { name: 'plain', targets: ['a/m', 'b/m'] },
    { name: 'hedged', targets: ['a/m', 'b/m'], hedgeAfterMs: 100 },
    { name: 'outer', targets: ['plain', 'hedged', 'c/m'], hedgeAfterMs: 500 },
    { name: 'above', targets: ['hedged', 'c/m'] },
    { name: 'any-*', targets: ['a/*'], hedgeAfterMs: 7 },
  ],
})

it.each([
  ['plain', [undefined, undefined]],
  ['hedged', [100, 100]],
  ['outer', [500, 500, 100, 100, 500]],
  ['above', [100, 100, undefined]],
  ['any-m', [7]],
  ['a/m', [undefined]],
])('%s', async (name, wanted) => {
  for (let time = 0; time < 2; time++) {
    const targets = await router.resolve(name, 'openai-chat')
    expect(targets.map(router.hedgeAfterMs)).toEqual(wanted)
  }
})
