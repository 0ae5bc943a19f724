/** What every kind of call is told about its limits, in its dialect: relayed and translated, streamed and not. */
import { expect, it } from 'vitest'
import { callsOf } from '../../tools/app/house.ts'
import {
  DIALECT_CALLS,
  type DialectCall,
  headers,
  startLimited,
} from '../../tools/access/limited.ts'
import type { Received } from '../../tools/app/send.ts'

/** What an upstream says about the account of the operator. */
const THEIRS = {
  'x-ratelimit-limit-requests': '5000',
  'x-ratelimit-remaining-requests': '4999',
  'x-ratelimit-remaining-project-tokens': '7',
  'anthropic-ratelimit-requests-limit': '5000',
  'anthropic-ratelimit-input-tokens-remaining': '3',
  'anthropic-priority-input-tokens-limit': '9',
}

const COUNT = DIALECT_CALLS.length
const TOKENS = 1_000_000

const start = () =>
  startLimited(
    {
      windowRequests: COUNT,
      requestsPerMinute: 6000,
      tokensPerMinute: TOKENS,
      streamingPerMinute: 100,
      concurrentStreams: 50,
    },
    { upstream: { reply: () => ({ parts: [{ text: 'one' }], headers: THEIRS }) } },
  )

const limitsIn = ({ headers: received }: Received): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(received).filter(([name]) => /ratelimit|anthropic-priority/.test(name)),
  )

const RESET = {
  openai: expect.stringMatching(/^\d+m\d+s$/),
  anthropic: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
}

const SHORT = {
  openai: expect.stringMatching(/^\d+m?s$/),
  anthropic: RESET.anthropic,
}

/** What is left of the window, which has less left than the bucket. */
const expectedOf = ({ dialect, body, path }: DialectCall, left: number, passed: boolean) => {
  const isStream = 'stream' in body || path.includes(':stream')
  const names = [
    'requests',
    'requests-per-minute',
    ...(isStream ? ['streams-per-minute'] : []),
    'tokens-per-minute',
    ...(isStream ? ['concurrent-streams'] : []),
  ]
  const fields = {
    ratelimit: expect.stringMatching(
      new RegExp(
        `^${names.map((name) => `"${name}";r=${name === 'requests' ? left : '\\d+'};t=\\d+`).join(', ')}$`,
      ),
    ),
    'ratelimit-policy': expect.stringMatching(
      new RegExp(`^${names.map((name) => `"${name}";q=\\d+[^ ]*`).join(', ')}$`),
    ),
  }
  if (dialect === 'gemini') return fields
  const toName = (field: string, measure: string): string =>
    dialect === 'openai'
      ? `x-ratelimit-${field}-${measure}`
      : `anthropic-ratelimit-${measure}-${field}`
  return {
    ...fields,
    [toName('limit', 'requests')]: String(COUNT),
    [toName('remaining', 'requests')]: String(left),
    [toName('reset', 'requests')]: RESET[dialect],
    [toName('limit', 'tokens')]: String(TOKENS),
    [toName('remaining', 'tokens')]: expect.stringMatching(passed ? /^99\d{4}$/ : /^\d+$/),
    [toName('reset', 'tokens')]: SHORT[dialect],
  }
}

it('an answer has the limits of this gateway in place of the upstream’s, then a refusal has them', async () => {
  const { sluice, upstream } = await start()
  let left = COUNT
  for (const [name, call] of DIALECT_CALLS) {
    const answer = await sluice.send(call.path, { headers, body: call.body })
    left--
    expect([name, answer.status, limitsIn(answer)]).toEqual([
      name,
      200,
      expectedOf(call, left, true),
    ])
  }
  expect(left).toBe(0)
  const asked = callsOf(upstream).length
  for (const [name, call] of DIALECT_CALLS) {
    const refused = await sluice.send(call.path, { headers, body: call.body })
    expect([name, refused.status, limitsIn(refused)]).toEqual([
      name,
      429,
      expectedOf(call, 0, false),
    ])
    const wait = Number(refused.headers['retry-after'])
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(900)
  }
  expect(callsOf(upstream)).toHaveLength(asked)
})
