/** What several processes say of themselves, together. */
import { expect, it } from 'vitest'
import {
  combineStates,
  type ProcessState,
} from '../../../../src/server/http/monitoring/process-state.ts'

type Provider = ProcessState['backends']['providers'][number]

const stateWith = (provider: Provider): ProcessState => ({
  uptime: 1,
  memory: { rss: 10, heapTotal: 5, heapUsed: 3 },
  backends: {
    ledger: { store: 'sqlite', isWell: true, waitingRows: 1 },
    live: { store: 'memory', isWell: true },
    providers: [provider],
    memory: { heldBytes: 1, limitBytes: 100 },
  },
})

const combine = (a: Omit<Provider, 'name'>, b: Omit<Provider, 'name'>): Provider | undefined =>
  combineStates(stateWith({ name: 'p', ...a }), stateWith({ name: 'p', ...b })).backends
    .providers[0]

it('a provider is as the worst that is known of it', () => {
  expect(combine({ status: 'up' }, { status: 'down' })).toEqual({ name: 'p', status: 'down' })
  expect(combine({ status: 'unknown' }, { status: 'up' })).toEqual({ name: 'p', status: 'up' })
})

it('its check is the last one that any process has made', () => {
  const failed = { status: 'down', atMs: 1, code: 'upstream_failed' } as const
  const succeeded = { status: 'up', atMs: 2 } as const
  const unchecked = { status: 'unknown' } as const
  const check = (a: Provider['check'], b: Provider['check']) =>
    combine({ status: 'up', ...(a && { check: a }) }, { status: 'up', ...(b && { check: b }) })
      ?.check
  expect(check(failed, succeeded)).toEqual(succeeded)
  expect(check(succeeded, failed)).toEqual(succeeded)
  expect(check(unchecked, failed)).toEqual(failed)
  expect(check(failed, unchecked)).toEqual(failed)
  expect(check(unchecked, unchecked)).toEqual(unchecked)
  expect(check(undefined, undefined)).toBeUndefined()
})
