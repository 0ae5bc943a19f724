/** What is left of the limits is in the headers of each dialect, and a refusal is in its words. */
import { describe, expect, it } from 'vitest'
import type { CallerLimits } from '#access'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { geminiAt } from '../../tools/app/start-sluice.ts'
import { headers, KEY, startLimited } from '../../tools/access/limited.ts'

const ERROR = {
  message: expect.stringMatching(
    /^The limit of 1 requests in 900 s for this key is reached\. Please try again in \d+s\.$/,
  ),
}

const OPENAI = {
  error: { ...ERROR, type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded' },
}

const DIALECTS: readonly (readonly [string, string, object, object])[] = [
  ['Chat', CHAT, chatBody(), OPENAI],
  ['Responses', RESPONSES, responsesBody(), OPENAI],
  ['Completions', '/v1/completions', { model: GPT, prompt: 'x' }, OPENAI],
  ['embeddings', '/v1/embeddings', { model: 'text-embedding-3-small', input: 'x' }, OPENAI],
  [
    'Messages',
    MESSAGES,
    messagesBody(),
    {
      type: 'error',
      error: { ...ERROR, type: 'rate_limit_error' },
      request_id: expect.stringMatching(/^req_/),
    },
  ],
  [
    'Gemini',
    `/v1beta/models/${CLAUDE}:generateContent`,
    { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
    {
      error: {
        ...ERROR,
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.RetryInfo',
            retryDelay: expect.stringMatching(/^\d+s$/),
          },
        ],
      },
    },
  ],
]

describe.each(DIALECTS)('a refusal in the dialect of %s', (_, path, body, expected) => {
  it.each([false, true])(
    'has its words and says when to try again (streamed: %s)',
    async (stream) => {
      const { sluice, upstream } = await startLimited({ windowRequests: 1 })
      await sluice.send(CHAT, { headers, body: chatBody() })
      const streamed = path.endsWith('embeddings') || path.includes('v1beta') ? {} : { stream }
      const refused = await sluice.send(path, { headers, body: { ...body, ...streamed } })
      expect(refused.status).toBe(429)
      expect(refused.json).toEqual(expected)
      expect(refused.headers['content-type']).toBe('application/json')
      const wait = Number(refused.headers['retry-after'])
      expect(wait).toBeGreaterThan(800)
      expect(wait).toBeLessThanOrEqual(900)
      expect(refused.headers.ratelimit).toBe(`"requests";r=0;t=${wait}`)
      expect(refused.headers['ratelimit-policy']).toBe('"requests";q=1;w=900')
      expect(callsOf(upstream)).toHaveLength(1)
    },
  )
})

it('a refusal is logged as one of ours', async () => {
  const { sluice } = await startLimited({ windowRequests: 1 })
  for (const _ of [1, 2]) await sluice.send(CHAT, { headers, body: chatBody() })
  const line = await sluice.logged(({ outcome }) => outcome === 'rate_limited')
  expect(line).toMatchObject({ msg: 'call', status: 429, attempts: 0 })
})

const LIMITS = {
  windowRequests: 100,
  windowMs: 60_000,
  requestsPerMinute: 60,
  burst: 10,
  tokensPerMinute: 30_000,
  streamingPerMinute: 5,
  concurrentStreams: 2,
}

describe('a success', () => {
  it('has every limit in the fields of the IETF', async () => {
    const { sluice } = await startLimited(LIMITS)
    const answer = await sluice.send(CHAT, { headers, body: chatBody('x', { stream: true }) })
    expect(answer.status).toBe(200)
    expect(answer.headers['ratelimit-policy']).toBe(
      '"requests";q=100;w=60, "requests-per-minute";q=10;w=10, "streams-per-minute";q=5;w=60, ' +
        '"tokens-per-minute";q=30000;qu="tokens";w=60, "concurrent-streams";q=2;qu="concurrent-requests"',
    )
    expect(answer.headers.ratelimit).toMatch(
      /^"requests";r=99;t=60, "requests-per-minute";r=9;t=1, "streams-per-minute";r=4;t=60, "tokens-per-minute";r=299\d\d;t=1, "concurrent-streams";r=1;t=\d+$/,
    )
  })

  it.each([
    ['Chat', CHAT, chatBody()],
    ['Chat, translated and streamed', CHAT, chatBody('x', { model: CLAUDE, stream: true })],
    ['Responses', RESPONSES, responsesBody()],
    ['Completions', '/v1/completions', { model: GPT, prompt: 'x' }],
  ])('has the tightest limits in OpenAI’s headers: %s', async (_, path, body) => {
    const { sluice } = await startLimited(LIMITS)
    const answer = await sluice.send(path, { headers, body })
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '30000',
      'x-ratelimit-remaining-tokens': expect.stringMatching(/^299\d\d$/),
      'x-ratelimit-reset-tokens': expect.stringMatching(/^\d+ms$/),
    })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('anthropic-rate'))).toEqual(
      [],
    )
  })

  it('has the tightest limits in Anthropic’s headers', async () => {
    const { sluice } = await startLimited(LIMITS)
    for (const body of [messagesBody(), messagesBody('x', { model: GPT, stream: true })]) {
      const answer = await sluice.send(MESSAGES, { headers, body })
      expect(answer.status).toBe(200)
      expect(answer.headers).toMatchObject({
        'anthropic-ratelimit-requests-limit': '10',
        'anthropic-ratelimit-requests-remaining': expect.stringMatching(/^[89]$/),
        'anthropic-ratelimit-requests-reset': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
        'anthropic-ratelimit-tokens-limit': '30000',
        'anthropic-ratelimit-tokens-remaining': expect.stringMatching(/^29[89]\d\d$/),
        'anthropic-ratelimit-tokens-reset': expect.stringMatching(/Z$/),
      })
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-rate'))).toEqual([])
    }
  })

  it('has no headers of Anthropic’s or OpenAI’s in the dialect of Gemini', async () => {
    const { sluice } = await startLimited(LIMITS)
    const answer = await sluice.send(`/v1beta/models/${CLAUDE}:generateContent`, {
      headers,
      body: { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
    })
    expect(answer.status).toBe(200)
    const names = Object.keys(answer.headers).filter((name) => name.includes('ratelimit'))
    expect(names.toSorted()).toEqual(['ratelimit', 'ratelimit-policy'])
  })
})

const THEIRS = {
  'x-ratelimit-limit-requests': '5000',
  'x-ratelimit-remaining-project-tokens': '7',
  'anthropic-ratelimit-input-tokens-remaining': '3',
  'retry-after': '7',
}

describe('the headers of an upstream about its own limits', () => {
  const upstreamHeaders = async (everyCaller: CallerLimits, status?: number) => {
    const { sluice, upstream } = await startHouse({
      keys: [KEY],
      callerLimits: { everyCaller },
      retry: { retries: 0, baseMs: 1 },
    })
    upstream.next(
      status === undefined
        ? { headers: THEIRS }
        : { fault: { status, headers: THEIRS, body: { error: { message: 'slow down' } } } },
    )
    return (await sluice.send(CHAT, { headers, body: chatBody() })).headers
  }

  it.each([undefined, 429])('are replaced by ours where we limit (status %s)', async (status) => {
    const received = await upstreamHeaders({ windowRequests: 10 }, status)
    expect(received['x-ratelimit-limit-requests']).toBe('10')
    expect(received).not.toHaveProperty('x-ratelimit-remaining-project-tokens')
    expect(received).not.toHaveProperty('anthropic-ratelimit-input-tokens-remaining')
    // It says when this upstream can be asked again.
    expect(received['retry-after']).toBe('7')
  })

  it.each([undefined, 429])('reach the client where we do not (status %s)', async (status) => {
    expect(await upstreamHeaders({}, status)).toMatchObject(THEIRS)
  })
})

it('limits by owner, by address and by model have names of their own', async () => {
  const { sluice } = await startHouse({
    keys: [KEY],
    callerLimits: {
      everyCaller: { models: { 'gpt-"*': { windowRequests: 9 }, 'gpt-*': { windowRequests: 8 } } },
      byIp: { windowRequests: 7 },
    },
    providers: [],
    demo: { paceMs: 0 },
    aliases: [{ name: 'gpt-x', targets: ['demo/demo'] }],
  })
  const answer = await sluice.send(CHAT, { headers, body: chatBody('x', { model: 'gpt-x' }) })
  expect(answer.headers['ratelimit-policy']).toBe(
    '"requests:gpt-*";q=8;w=900, "ip-requests";q=7;w=900',
  )
})

it('a vendor of Gemini’s protocol is limited, too', async () => {
  const { sluice, upstream } = await startHouse({
    keys: [KEY],
    callerLimits: { everyCaller: { windowRequests: 1 } },
  })
  expect(geminiAt(upstream.url).name).toBe('gemini')
  const path = `/v1beta/models/${GPT}:streamGenerateContent?alt=sse`
  const body = { contents: [{ role: 'user', parts: [{ text: 'x' }] }] }
  const statuses = []
  for (const _ of [1, 2]) statuses.push((await sluice.send(path, { headers, body })).status)
  expect(statuses).toEqual([200, 429])
})
