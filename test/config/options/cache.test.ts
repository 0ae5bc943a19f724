/** The cache in the file. */
import { expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/environment/environment.ts'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { toAppOptions } from '../../../src/config/options/to-app-options.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'
import { blocksOf } from '../../tools/docs/blocks.ts'

const parse = (text: string) => parseConfigFile(text, 'sluice.yaml', {})

const cacheOf = (text: string, env: Record<string, string> = {}) =>
  toAppOptions({ flags: {}, file: parse(text), environment: readEnvironment(env) }).options.cache

it('is off unless it is there', () => expect(cacheOf('presets: true')).toBeUndefined())

it('has defaults', () => {
  expect(cacheOf('cache: {}')).toEqual({ store: 'memory', maxBytes: 67_108_864, ttlMs: 3_600_000 })
})

it('is read from the file', () => {
  const text = 'cache: { store: redis, ttl_ms: 1000, max_bytes: 2000 }'
  expect(cacheOf(text, { REDIS_URL: 'redis://127.0.0.1' })).toEqual({
    store: 'redis',
    maxBytes: 2000,
    ttlMs: 1000,
  })
})

it('in Redis needs a Redis', () => {
  expect(() => cacheOf('cache: { store: redis }')).toThrow(/set REDIS_URL/)
})

it.each([
  ['cache: { ttl_ms: 0 }', 'cache.ttl_ms'],
  ['cache: { store: disk }', 'cache.store'],
  ['cache: { max_byte: 1 }', 'max_byte'],
])('%s is refused by its name', (text, name) => {
  expect(faultsOf(() => parse(text)).join('\n')).toContain(name)
})

it('has an example in its page that is valid', () => {
  const [example] = blocksOf('docs/cache.md')
  expect(cacheOf(example?.text ?? '')).toEqual({
    store: 'memory',
    maxBytes: 134_217_728,
    ttlMs: 600_000,
  })
})
