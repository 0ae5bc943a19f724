/** docs/lifecycle.md names options, constants and codes: each is held to be there, where and as the page says. */
import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ERROR_KINDS, type ErrorCode } from '#model'

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

const PAGE = read('docs/lifecycle.md')
const CONFIGURATION = read('docs/configuration.md')

const all = (pattern: RegExp): string[][] => [...PAGE.matchAll(pattern)].map((match) => [...match])

it.each(all(/`((?:\w+\.)+\w+_(?:ms|bytes)|limits\.depth|retries\.max)`/g))(
  '%s is an option',
  (_, option) => {
    expect(CONFIGURATION).toContain(`| \`${option}\` |`)
  },
)

it.each(all(/`([A-Z][A-Z_]+|\w+Timeout)` \((\w+)\)/g))(
  '%s is set in its module',
  (_, name, room) => {
    const source = globSync(`src/${room}/**/*.ts`).map((file) => readFileSync(file, 'utf8'))
    const isSet = new RegExp(String.raw`\bconst ${name}\b|^\s+${name}: \d`, 'm')
    expect(source.some((text) => isSet.test(text))).toBe(true)
  },
)

it('names no constant without its room', () => {
  const names = all(/`([A-Z][A-Z_]+)`(?! \(\w+\))/g).map(([, name]) => name)
  expect(names.filter((name) => name !== 'NAME')).toEqual([])
})

it.each(all(/\b(\d{3}) `(\w+)`/g).filter(([, , code]) => code !== 'at_capacity'))(
  '%s matches the table of errors',
  (_, status, code) => {
    expect(ERROR_KINDS[code as ErrorCode]?.status).toBe(Number(status))
  },
)

it('has a place for every code', () => {
  const codes = Object.keys(ERROR_KINDS).filter((code) => !PAGE.includes(`\`${code}\``))
  expect(codes).toEqual([])
})

it('has a row for every step of the drawing', () => {
  const [, drawing = ''] = /```\n(.+?)```/s.exec(PAGE) ?? []
  const drawn = [...drawing.matchAll(/[│┤] ?(\d{1,2}) ([a-z ]+[a-z])/g)].map(
    ([, number, name]) => `${number} ${name}`,
  )
  const rows = all(/^\| (\d+ [a-z ]+?) \|/gm).map(([, step = '']) => step)
  expect(drawn.length).toBe(rows.length)
  for (const [at, step] of rows.entries()) expect(step.startsWith(drawn[at] ?? '?')).toBe(true)
})
