/**
 * Nothing that reads, searches or writes what others sent is left out of what is measured: the engine counts that it
 * ran, or it is excused with its reason.
 */
import { globSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EVERYTHING } from '../tools/growth/everything.ts'
import { startCountingCalls } from '../tools/growth/ran.ts'
import { NOT_MEASURED } from '../tools/growth/not-measured.ts'

const ROOMS = 'streams,model,protocols,gateway,transport,router,access,server,telemetry'
const MADE =
  'Aliases|Channel|Check|Decoder|Filter|Ids|Matcher|Memory|Names|Object|Parser|Queue|Reader|Redactor|Search|Tap|Template|Text|Texts|Watch|Wildcard'
const READS = `create\\w*(?:${MADE})|(?:decode|encode|escape|find|gather|match|parse|read|scan|unescape)[A-Z]\\w*|to\\w*Tap|isCostly|nearestNames`
const EXPORT = new RegExp(`^export (?:const|function|class) (${READS})\\b`, 'gm')

/** Here everything has to do with a request or an answer. */
const LOCAL_ROOMS = '{usage,providers/demo,providers/langchain}'
const ANY_EXPORT = /^export (?:const|function|class) ([a-z]\w*)\b/gm

const exportsOf = (files: string, pattern: RegExp) =>
  globSync(files).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, name = '']) => [file, name] as const),
  )

const found = [
  ...exportsOf(`src/{${ROOMS}}/**/*.ts`, EXPORT),
  ...exportsOf(`src/${LOCAL_ROOMS}/**/*.ts`, ANY_EXPORT),
].toSorted()

/** Enough to be in every branch, and no more than takes a moment. */
const SMALLEST = 8

/** `path/of/file.ts name` of all that ran with what is measured. */
const ran = new Set<string>()

beforeAll(async () => {
  const calls = startCountingCalls()
  afterAll(() => calls.stop())
  for (const [, works] of EVERYTHING) for (const [, , work] of works) await work(SMALLEST)()
  for (const name of calls.take()) ran.add(name)
})

it.each(found)('%s: %s runs in the measurements, or is limited', (file, name) => {
  if (!Object.hasOwn(NOT_MEASURED, name)) expect(ran.has(`${file} ${name}`)).toBe(true)
})

it('excuses nothing that does not exist any more, or that is measured by now', () => {
  const needed = new Set(
    found.filter(([file, name]) => !ran.has(`${file} ${name}`)).map(([, name]) => name),
  )
  expect(Object.keys(NOT_MEASURED).filter((key) => !needed.has(key))).toEqual([])
})
