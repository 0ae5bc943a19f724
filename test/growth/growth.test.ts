/** Time grows with input, and not with its square, wherever bytes of others are read, searched or written. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { growthOf, MOST_GROWTH } from './measure.ts'
import { folded, PROTOCOLS, requestWorksOf, worksOf } from './protocols.ts'
import { REACHED_THROUGH } from './reached-through.ts'
import { STREAMS } from './streams.ts'

/** Of every protocol. */
const OF_PROTOCOLS = [
  'createTap',
  'decodeEvents',
  'decodeMessage',
  'decodeRequest',
  'encodeEvents',
  'encodeMessage',
  'encodeRequest',
]

describe.each(Object.entries(STREAMS))('%s', (_, works) => {
  it.each(works)('grows no faster than its input: %s', (_what, size, work) => {
    expect(growthOf(work, size)).toBeLessThan(MOST_GROWTH)
  })
})

describe.each(PROTOCOLS.map((protocol) => [protocol.name, protocol] as const))(
  '%s',
  (_, protocol) => {
    it.each([...worksOf(protocol), ...requestWorksOf(protocol)])(
      'grows no faster than its input: %s',
      (_what, size, work) => {
        expect(growthOf(work, size)).toBeLessThan(MOST_GROWTH)
      },
    )
  },
)

it('a message of one long text is folded in time that grows with it', () => {
  expect(growthOf(folded, 20_000)).toBeLessThan(MOST_GROWTH)
})

const ROOMS = 'streams,model,protocols,gateway,transport,router,access,server,telemetry'
const MADE =
  'Aliases|Channel|Check|Decoder|Filter|Ids|Matcher|Memory|Names|Parser|Queue|Reader|Redactor|Search|Tap|Template|Text|Watch|Wildcard'
const READS = `create\\w*(?:${MADE})|(?:decode|encode|escape|find|gather|match|parse|read|scan|unescape)[A-Z]\\w*|to\\w*Tap|isCostly|nearestNames`
const EXPORT = new RegExp(`^export (?:const|function|class) (${READS})\\b`, 'gm')

const found = globSync(`src/{${ROOMS}}/**/*.ts`).flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(EXPORT)].map(([, name = '']) => name),
)
const measured = new Set([...Object.keys(STREAMS), ...OF_PROTOCOLS])

it.each([...new Set(found)].toSorted())('%s is measured, or reached through what is', (name) => {
  const reached = Object.hasOwn(REACHED_THROUGH, name) ? REACHED_THROUGH[name] : undefined
  expect(
    measured.has(name) || measured.has(reached ?? '') || reached?.startsWith('bounded: '),
  ).toBe(true)
})

it('names nothing that does not exist any more', () => {
  const known = new Set(found)
  const named = [...measured, ...Object.keys(REACHED_THROUGH)]
  expect(named.filter((name) => !known.has(name))).toEqual([])
})
