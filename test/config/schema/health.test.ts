/** Health checks in the file. */
import { describe, expect, it } from 'vitest'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'
import { loadFile } from '../../tools/config/load-file.ts'

const PROVIDER = 'api_key: sk-x-0123456789'

const healthOf = async (text: string) => {
  const { options } = await loadFile(`providers:\n  openai: { ${PROVIDER}${text} }\n`)
  return options.providers[0]?.health
}

describe('the health check of a provider', () => {
  it('is off, and has defaults if it is on', async () => {
    expect(await healthOf('')).toBeUndefined()
    expect(await healthOf(', health: {}')).toEqual({ everyMs: 30_000, timeoutMs: 5_000 })
    expect(
      await healthOf(', health: { every_ms: 60000, timeout_ms: 500, path: /health?x=1 }'),
    ).toEqual({ everyMs: 60_000, timeoutMs: 500, path: '/health?x=1' })
  })

  it('may be set for a vendor whose key is in the environment', async () => {
    const { options } = await loadFile('providers:\n  openai: { health: {} }\n', {
      OPENAI_API_KEY: 'sk-x-0123456789',
    })
    expect(options.providers[0]).toMatchObject({
      apiKey: 'sk-x-0123456789',
      health: { everyMs: 30_000 },
    })
  })

  it.each([
    'health',
    '//elsewhere.example/health',
    'https://elsewhere.example/health',
    '/\\elsewhere.example',
    '/../health',
    '/a/../../health',
    '/a/..',
    '/a/./b',
    '/%2e%2e/health',
    '/a b',
    '/a#b',
  ])('asks no other place: %s', (path) => {
    const text = `providers:\n  openai: { ${PROVIDER}, health: { path: ${JSON.stringify(path)} } }\n`
    const faults = faultsOf(() => parseConfigFile(text, 'sluice.yaml', {}))
    expect(faults.join('\n')).toContain('providers.openai.health.path')
    expect(faults).toHaveLength(1)
  })

  it.each(['{ every_ms: 10 }', '{ timeout_ms: 0 }', '{ every: 1 }', 'true'])(
    'is refused as %s',
    (health) => {
      const text = `providers:\n  openai: { ${PROVIDER}, health: ${health} }\n`
      expect(faultsOf(() => parseConfigFile(text, 'sluice.yaml', {}))).toHaveLength(1)
    },
  )

  it('does not go with LangChain, whose models are in this process', () => {
    const text = 'providers:\n  x: { langchain: { model: openai:gpt-5 }, health: {} }\n'
    expect(faultsOf(() => parseConfigFile(text, 'sluice.yaml', {})).join()).toContain(
      'providers.x.health',
    )
  })
})
