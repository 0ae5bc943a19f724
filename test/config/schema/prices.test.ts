/** Prices in the file: what they become, and which field is wrong. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'
import { loadFile } from '../../tools/config/load-file.ts'

const load = async (file: string, env: Record<string, string> = {}) =>
  (await loadFile(file, env)).options.prices

const RATES =
  'input: 2.5, cached_input: 1.25, cache_write: 3, cache_write_1h: 5, output: 10, reasoning: 11, audio_input: 40, audio_output: 80'

describe('the prices of the file', () => {
  it('are none by default', async () => {
    expect(await load('')).toBeUndefined()
  })

  it('have every kind of token', async () => {
    expect(await load(`prices: { openai/gpt-x: { ${RATES}, as_of: 2026-11-01 } }`)).toEqual([
      {
        target: 'openai/gpt-x',
        rates: {
          input: 2.5,
          cacheRead: 1.25,
          cacheWrite: 3,
          cacheWrite1h: 5,
          output: 10,
          reasoning: 11,
          audioInput: 40,
          audioOutput: 80,
        },
      },
    ])
  })

  it('may have tiers, patterns and variables, and keep their order', async () => {
    const file = `
prices:
  local/*: { input: 0 }
  openai/gpt-*:
    input: \${PRICE}
    long_context: { above: 200000, input: 4, output: 8 }
    service_tiers: { flex: { input: 1 } }
`
    expect(await load(file, { PRICE: '2.25' })).toEqual([
      { target: 'local/*', rates: { input: 0 } },
      {
        target: 'openai/gpt-*',
        rates: { input: 2.25 },
        longContext: { above: 200_000, rates: { input: 4, output: 8 } },
        serviceTiers: { flex: { input: 1 } },
      },
    ])
  })
})

it('the prices in the documentation are valid', async () => {
  const page = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8')
  const [, file = ''] = /```yaml\n(prices:\n.+?)```/s.exec(page) ?? []
  expect(await load(file)).toHaveLength(3)
})

it('fees of searches are apart from the prices of tokens', async () => {
  const file = 'prices: { openai/x: { input: 1, web_search: 10, file_search: 2.5 } }'
  expect(await load(file)).toEqual([
    { target: 'openai/x', rates: { input: 1 }, fees: { webSearch: 10, fileSearch: 2.5 } },
  ])
})

describe('a fault in a price', () => {
  const faultsIn = (prices: string) =>
    faultsOf(() => parseConfigFile(`prices:\n  ${prices}\n`, 'sluice.yaml', {})).join('\n')

  it.each([
    ['openai/gpt-x: { output: 10 }', 'prices.openai/gpt-x.input'],
    ['openai/gpt-x: { input: -1 }', 'prices.openai/gpt-x.input'],
    ['openai/gpt-x: { input: cheap }', 'prices.openai/gpt-x.input'],
    ['openai/gpt-x: { input: 1, cached: 2 }', 'cached'],
    ['gpt-x: { input: 1 }', 'prices.gpt-x'],
    ['openai/gpt-x: { input: 1, as_of: yesterday }', 'prices.openai/gpt-x.as_of'],
    ['openai/gpt-x: { input: 1, service_tiers: { FLEX: { input: 1 } } }', 'service_tiers'],
    ['openai/gpt-x: { input: 1, long_context: { input: 1 } }', 'long_context.above'],
  ])('%s is reported with its field', (prices, field) => {
    const fault = faultsIn(prices)
    expect(fault).toContain(field)
    expect(fault).toMatch(/^sluice\.yaml:2: /)
  })
})
