/** Two processes that share which targets are skipped. */
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { createTraffic } from '#router'
import { createLiveStore } from '#stores'
import { createClock, heard, providerNamed, targetAt } from '../../tools/router/virtual.ts'

const OPTIONS = { failures: 3, ratio: 0.5, windowMs: 10_000, restMs: 1_000 }

const start = () => {
  const clock = createClock()
  const messages = createLiveStore()
  const published: string[] = []
  messages.subscribe('traffic', (message) => published.push(message))
  // Each process has objects of its own.
  const [here, there] = [1, 2].map(() => {
    const provider = providerNamed('one')
    const shared = { messages, providers: [provider] }
    const traffic = createTraffic({ breaker: OPTIONS, now: clock.now, shared })
    const target = targetAt(provider)
    return {
      traffic,
      target,
      other: targetAt(provider, 'n'),
      permits: () => traffic.permits(target),
      fail: (error: GatewayError, times = 3) => {
        for (let time = 0; time < times; time++) traffic.begin(target).failed(error)
      },
      answer: () => {
        const attempt = traffic.begin(target)
        attempt.answered()
        attempt.ended('ok')
      },
    }
  })
  if (!here || !there) throw new Error('two are started')
  return { clock, messages, published, here, there }
}

const ill = new GatewayError('upstream_failed', 'No.')
const limited = (retryAfterMs: number) =>
  new GatewayError('upstream_rate_limited', 'No.', { retryAfterMs })

describe('another process', () => {
  it('skips a target that fails here, and uses it when it answers here', async () => {
    const { clock, here, there, published } = start()
    here.fail(ill)
    await heard()
    expect([there.permits(), there.traffic.permits(there.other)]).toEqual([false, true])
    clock.pass(1_000)
    here.answer()
    await heard()
    expect(there.traffic.describe(there.target).breaker).toBe('closed')
    // Nobody repeats what was heard.
    expect(published).toHaveLength(2)
  })

  it('lets one call through when the time is over, whatever is heard', async () => {
    const { clock, here, there } = start()
    here.fail(ill)
    await heard()
    clock.pass(1_000)
    there.traffic.begin(there.target)
    expect(there.permits()).toBe(false)
    expect(here.permits()).toBe(true)
  })

  it('skips all targets of a provider that cannot be reached', async () => {
    const { here, there } = start()
    here.fail(new GatewayError('upstream_unreachable', 'No.'))
    await heard()
    expect(there.traffic.permits(there.other)).toBe(false)
  })

  it('lets a limited target rest as long as told', async () => {
    const { clock, here, there } = start()
    here.fail(limited(5_000), 1)
    await heard()
    clock.pass(4_999)
    expect(there.permits()).toBe(false)
    clock.pass(1)
    expect(there.permits()).toBe(true)
  })
})

it('a storm of refusals is one message', async () => {
  const { clock, here, published } = start()
  for (let call = 0; call < 100; call++) {
    here.fail(limited(60_000), 1)
    clock.pass(1)
  }
  await heard()
  expect(published).toHaveLength(1)
})

it.each([
  'not json',
  '[]',
  '{"provider":"one"}',
  '{"provider":"one","model":"m","state":"gone","ms":1}',
  '{"provider":"one","model":"m","state":"open","ms":-1}',
  '{"provider":"one","model":"m","state":"open","ms":"long"}',
  '{"provider":"one","model":7,"state":"open","ms":1000}',
  '{"provider":"unknown","model":"m","state":"open","ms":1000}',
])('a message that says nothing is ignored: %s', async (message) => {
  const { messages, here, there } = start()
  messages.publish('traffic', message)
  await heard()
  expect([here, there].map((each) => each.permits())).toEqual([true, true])
})

it('no message skips a target for longer than a process would by itself', async () => {
  const { clock, messages, here } = start()
  const about = { provider: 'one', model: 'm', ms: 1e15 }
  messages.publish('traffic', JSON.stringify({ ...about, state: 'open' }))
  messages.publish('traffic', JSON.stringify({ ...about, state: 'rests' }))
  await heard()
  expect(here.permits()).toBe(false)
  clock.pass(3_600_000)
  expect(here.permits()).toBe(true)
})
