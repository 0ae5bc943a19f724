/** docs/names.md: twenty words, each of which is in use in the room that is named as its home. */
import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const PAGE = readFileSync(new URL('../../docs/names.md', import.meta.url), 'utf8')
const [glossary = ''] = PAGE.split('\n## ')

const rows = [...glossary.matchAll(/^\| ([a-z]+) \|(.+)\|(.+)\|(.+)\|$/gm)].map(
  ([, word = '', , , home = '']) => ({ word, rooms: [...home.matchAll(/`(\w+)\/`/g)] }),
)

it('has twenty words in alphabetical order', () => {
  const words = rows.map(({ word }) => word)
  expect(words.length).toBe(20)
  expect(words).toEqual([...new Set(words)].toSorted())
})

it.each(rows)('$word is used in its module', ({ word, rooms }) => {
  expect(rooms.length).toBeGreaterThan(0)
  // `settle` is as good as `settlement`.
  const stem = new RegExp(word.replace(/ment$/, ''), 'i')
  for (const [, room] of rooms) {
    const files = globSync(`src/${room}/**/*.ts`)
    expect(files.some((file) => stem.test(readFileSync(file, 'utf8')))).toBe(true)
  }
})
