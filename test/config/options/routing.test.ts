/** Aliases with strategies, and breakers, in the file. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/environment/environment.ts'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { toAppOptions } from '../../../src/config/options/to-app-options.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'

const parse = (text: string, env: Record<string, string> = {}) =>
  parseConfigFile(text, 'sluice.yaml', env)

const optionsOf = (text: string, env: Record<string, string> = {}) =>
  toAppOptions({ flags: {}, file: parse(text, env), environment: readEnvironment(env) }).options

describe('aliases', () => {
  it('may have a strategy, and weights', () => {
    const { aliases } = optionsOf(
      `
aliases:
  plain: a/m
  spread: { strategy: weighted, targets: [a/m, { target: b/m, weight: 3 }, { target: c/m, weight: '\${SHARE}' }] }
  quick: { strategy: lowest_latency, targets: [a/m, { target: b/m }], hedge_after_ms: 900 }
`,
      { SHARE: '0.5' },
    )
    expect(aliases).toEqual([
      { name: 'plain', targets: ['a/m'] },
      {
        name: 'spread',
        targets: ['a/m', 'b/m', 'c/m'],
        strategy: 'weighted',
        weights: [1, 3, 0.5],
      },
      { name: 'quick', targets: ['a/m', 'b/m'], strategy: 'lowest_latency', hedgeAfterMs: 900 },
    ])
  })

  it.each([
    ['{ strategy: random, targets: [a/m] }', 'aliases.x.strategy'],
    ['{ strategy: weighted, targets: [] }', 'aliases.x.targets'],
    ['{ targets: [a/m] }', 'aliases.x.strategy'],
    ['{ strategy: weighted, targets: [{ target: a/m, weight: -1 }] }', 'aliases.x.targets'],
    ['{ strategy: cheapest, targets: [{ target: a/m, weight: 2 }] }', 'aliases.x.targets.0.weight'],
    ['{ strategy: cheapest, targets: [a/m], more: 1 }', 'aliases.x'],
    ['{ strategy: cheapest, targets: [a/m], affinity: some }', 'aliases.x.affinity'],
  ])('are refused as %s', (text, field) => {
    const [fault, ...rest] = faultsOf(() => parse(`aliases:\n  x: ${text}\n`))
    expect(fault).toContain(field)
    expect(rest).toEqual([])
  })
})

describe('affinity', () => {
  it('is on, off for all, or off for an alias', () => {
    expect(optionsOf('').affinity).toBeUndefined()
    expect(optionsOf('affinity: true').affinity).toBeUndefined()
    expect(optionsOf('affinity: false').affinity).toBe(false)
    expect(optionsOf("affinity: '${STAY}'", { STAY: 'false' }).affinity).toBe(false)
    const { aliases } = optionsOf(`
aliases:
  loose: { strategy: weighted, affinity: false, targets: [a/m] }
  close: { strategy: ordered, affinity: true, targets: [a/m, b/m] }
`)
    expect(aliases).toEqual([
      { name: 'loose', targets: ['a/m'], strategy: 'weighted', weights: [1], affinity: false },
      { name: 'close', targets: ['a/m', 'b/m'], strategy: 'ordered' },
    ])
  })

  it.each(['some', '{}', '1'])('is refused as %s', (text) => {
    expect(faultsOf(() => parse(`affinity: ${text}\n`))).toEqual([
      expect.stringContaining('affinity'),
    ])
  })
})

describe('the breaker', () => {
  it('is as by default, in part as in the file, or off', () => {
    expect(optionsOf('').breaker).toBeUndefined()
    expect(optionsOf('breaker: true').breaker).toBeUndefined()
    expect(optionsOf('breaker: false').breaker).toBe(false)
    expect(optionsOf('breaker: { failures: 2, rest_ms: 500 }').breaker).toEqual({
      failures: 2,
      ratio: 0.5,
      windowMs: 60_000,
      restMs: 500,
    })
    expect(optionsOf("breaker: { ratio: '0.25', window_ms: 1000 }").breaker).toMatchObject({
      ratio: 0.25,
      windowMs: 1_000,
    })
  })

  it.each(['3', '{ failures: 0 }', '{ ratio: 0 }', '{ ratio: 2 }', '{ rest: 1 }'])(
    'is refused as %s',
    (text) => {
      expect(faultsOf(() => parse(`breaker: ${text}\n`))).toHaveLength(1)
    },
  )
})

describe('the keys of a provider', () => {
  it('may be several, and then none is taken from the environment', () => {
    const env = { OPENAI_API_KEY: 'from-the-environment' }
    const text = "providers: { openai: { api_keys: [one, '${SECOND}'] } }"
    expect(optionsOf(text, { ...env, SECOND: 'two' }).providers).toEqual([
      { name: 'openai', vendor: 'openai', apiKeys: ['one', 'two'] },
    ])
  })

  it.each(['{ api_key: a, api_keys: [b] }', '{ api_keys: [] }', '{ api_keys: one }'])(
    'are refused as %s',
    (text) => {
      const faults = faultsOf(() => parse(`providers:\n  openai: ${text}\n`))
      expect(faults).toEqual([expect.stringContaining('providers.openai.api_keys')])
    },
  )
})

const PAGE = readFileSync(new URL('../../../docs/routing.md', import.meta.url), 'utf8')
const examples = [...PAGE.matchAll(/```yaml\n(.+?)```/gs)].map(([, text = '']) => text)

it.each(examples)('the page about routing has an example that is valid: %s', (text) => {
  expect(faultsOf(() => parse(text, { OPENAI_KEY_ONE: 'one', OPENAI_KEY_TWO: 'two' }))).toEqual([])
})

it('the least pace of a provider is read from its timeouts', () => {
  const { providers } = optionsOf(
    'providers: { openai: { api_key: k, timeouts: { min_pace: { characters: 40, window_ms: 30000 } } } }',
  )
  expect(providers[0]?.deadlines).toEqual({ pace: { characters: 40, windowMs: 30_000 } })
  const [fault] = faultsOf(() =>
    parse('providers: { openai: { api_key: k, timeouts: { min_pace: { characters: 0 } } } }'),
  )
  expect(fault).toContain('min_pace')
})

it('marks for the prompt cache are on where the file says so', () => {
  const { providers } = optionsOf(
    'providers: { anthropic: { api_key: k, cache_marks: true }, openai: { api_key: k } }',
  )
  expect(providers.map(({ cacheMarks }) => cacheMarks)).toEqual([true, undefined])
})
