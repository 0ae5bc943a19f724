/** Limits of callers in the file and the environment. */
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/environment/environment.ts'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { toAppOptions } from '../../../src/config/options/to-app-options.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'

const parse = (text: string) => parseConfigFile(text, 'sluice.yaml', {})

const limitsOf = (text: string, env: Record<string, string> = {}, host = '127.0.0.1') =>
  toAppOptions({
    flags: { host },
    file: parse(`keys: [a-key]\n${text}`),
    environment: readEnvironment(env),
  }).options.callerLimits

const FILE = `
limits:
  window_ms: 60000
  window_requests: 5
  streaming_per_minute: 4
  requests_per_minute: 3
  burst: 2
  tokens_per_minute: 1000
  concurrent_streams: 1
  models:
    'gpt-*': { requests_per_minute: 7 }
  by_ip: { window_requests: 9 }
  by_owner: { tokens_per_minute: 8, models: { 'o*': { burst: 1, requests_per_minute: 1 } } }
`

it('are read from the file', () => {
  expect(limitsOf(FILE)).toEqual({
    everyCaller: {
      windowMs: 60_000,
      windowRequests: 5,
      streamingPerMinute: 4,
      requestsPerMinute: 3,
      burst: 2,
      tokensPerMinute: 1000,
      concurrentStreams: 1,
      models: { 'gpt-*': { requestsPerMinute: 7 } },
    },
    byIp: { windowRequests: 9 },
    byOwner: { tokensPerMinute: 8, models: { 'o*': { burst: 1, requestsPerMinute: 1 } } },
  })
})

const ENVIRONMENT = {
  RATE_LIMIT_WINDOW_MS: '1000',
  RATE_LIMIT_MAX_REQUESTS: '2',
  STREAMING_RATE_LIMIT_MAX: '3',
}
const WINDOWS = { windowMs: 1000, windowRequests: 2, streamingPerMinute: 3 }

it('are read from the environment, and the file wins', () => {
  expect(limitsOf('', ENVIRONMENT)).toEqual({ everyCaller: WINDOWS })
  expect(limitsOf('limits: { window_requests: 9 }', ENVIRONMENT)?.everyCaller).toEqual({
    ...WINDOWS,
    windowRequests: 9,
  })
})

describe('by default', () => {
  const DEFAULT = { windowMs: 900_000, windowRequests: 1000, streamingPerMinute: 50 }

  it('there are two windows beyond loopback, and none on it', () => {
    expect(limitsOf('', {}, '0.0.0.0')).toEqual({ everyCaller: {}, unlessOwn: DEFAULT })
    expect(limitsOf('')).toBeUndefined()
  })

  it('what the environment sets of them replaces them', () => {
    expect(limitsOf('', { RATE_LIMIT_MAX_REQUESTS: '2' }, '0.0.0.0')?.unlessOwn).toEqual({
      ...DEFAULT,
      windowRequests: 2,
    })
  })

  it('there are none where the file limits every caller', () => {
    expect(limitsOf('limits: { requests_per_minute: 5 }', {}, '0.0.0.0')?.unlessOwn).toBeUndefined()
    expect(
      limitsOf('limits: { models: { x: { burst: 2, requests_per_minute: 5 } } }', {}, '0.0.0.0')
        ?.unlessOwn,
    ).toMatchObject(DEFAULT)
  })
})

describe('are refused', () => {
  it.each([
    ['limits: { window_requests: 0 }', 'limits.window_requests: must be at least 1'],
    ['limits: { burst: 5 }', 'limits.burst: needs requests_per_minute beside it'],
    ['limits: { models: { x: { burst: 5 } } }', 'limits.models.x.burst: needs requests_per_minute'],
    ['limits: { by_ip: { burst: 5 } }', 'limits.by_ip.burst: needs requests_per_minute'],
    ['limits: { models: { x: { models: {} } } }', 'limits.models.x.models: is not a field'],
    ['limits: { by_ip: { by_ip: {} } }', 'limits.by_ip.by_ip: is not a field'],
    ['server: { trust_proxy: [proxy.internal] }', 'server.trust_proxy.0: must be an IP address'],
  ])('as %s', (text, fault) => {
    expect(faultsOf(() => parse(text)).join('\n')).toContain(fault)
  })

  it.each(['0', '-1', 'many', '1.5', '99999999999'])('in the environment as %s', (value) => {
    for (const name of Object.keys(ENVIRONMENT))
      expect(() => readEnvironment({ [name]: value })).toThrow(`${name} must be a whole number`)
  })
})

it('the proxies that are trusted are passed on', () => {
  const file = parse('keys: [a-key]\nserver: { trust_proxy: [10.0.0.0/8, "::1"] }')
  const { options } = toAppOptions({ flags: {}, file, environment: readEnvironment({}) })
  expect(options.trustProxy).toEqual(['10.0.0.0/8', '::1'])
})
