/** Two processes that share which keys rest. Their lists of keys differ. */
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import type { Provider } from '#providers'
import { shareKeyRests } from '#router'
import { createLiveStore } from '#stores'
import { createKeyPool } from '../../../src/providers/http/key-pool.ts'
import { heard } from '../../tools/router/virtual.ts'

const limited = new GatewayError('upstream_rate_limited', 'No.', { retryAfterMs: 60_000 })

const start = () => {
  const messages = createLiveStore()
  const published: string[] = []
  messages.subscribe('key-rests', (message) => published.push(message))
  const open = (secrets: readonly string[], name = 'one') => {
    const keys = createKeyPool({
      keys: secrets.map((secret) => ({ secret, headers: ['authorization', secret] })),
      now: () => 1_000,
    })
    const provider = { kind: 'http', name, keys } as unknown as Provider
    shareKeyRests(messages, () => [provider])(provider)
    return keys
  }
  return { messages, published, open }
}

describe('a key that is limited', () => {
  it('rests in other processes, wherever it is in their lists', async () => {
    const { published, open } = start()
    const here = open(['sk-one-secret', 'sk-two-secret'])
    const there = open(['sk-three-secret', 'sk-two-secret', 'sk-one-secret'])
    here.take().failed(limited)
    await heard()
    expect(here.restsMs).toEqual([60_000, 0])
    expect(there.restsMs).toEqual([0, 0, 60_000])
    // Nobody repeats what was heard, and nobody learns the key.
    expect(published).toHaveLength(1)
    expect(published[0]).not.toContain('secret')
  })

  it('rests at its provider only', async () => {
    const { open } = start()
    const here = open(['sk-one-secret'])
    const other = open(['sk-one-secret'], 'two')
    here.take().failed(limited)
    await heard()
    expect(other.restsMs).toEqual([0])
  })
})

it.each([
  'not json',
  '{"provider":"one","ms":5}',
  '{"provider":"one","key":7,"ms":5}',
  '{"provider":"one","key":"0123456789ab","ms":5}',
  '{"provider":"gone","key":"0123456789ab","ms":5}',
  '{"provider":"one","key":"0123456789ab","ms":-5}',
  '{"provider":"one","key":"0123456789ab","ms":"long"}',
])('a message that says nothing is ignored: %s', async (message) => {
  const { messages, open } = start()
  const here = open(['sk-one-secret'])
  messages.publish('key-rests', message)
  await heard()
  expect(here.restsMs).toEqual([0])
})
