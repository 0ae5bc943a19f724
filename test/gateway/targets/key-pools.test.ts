/** Several keys for one provider: one that is refused or limited costs no call while another one is awake. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import {
  CHAT,
  chatBody,
  CLAUDE,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'

const ONE = 'sk-pool-key-one-1111'
const TWO = 'sk-pool-key-two-2222'
const THREE = 'sk-pool-key-three-3333'

const LIMITED = { status: 429, headers: { 'retry-after': '60' } }

/** @param openai the only key that the upstream accepts. Null: it accepts every one. */
const start = async (
  apiKeys = [ONE, TWO],
  { openai = null, ...options }: Partial<AppOptions> & { openai?: string | null } = {},
) => {
  const upstream = await upstreamForTest({ keys: { openai } })
  const { apiKey: _, ...provider } = openaiAt(upstream.url)
  const sluice = await sluiceForTest({
    providers: [{ ...provider, apiKeys }, anthropicAt(upstream.url)],
    retry: { retries: 0, baseMs: 1 },
    ...options,
  })
  const used = () => callsOf(upstream).map(({ headers }) => headers.authorization?.slice(-4))
  const ask = () => sluice.send(CHAT, { body: chatBody() })
  return { sluice, upstream, used, ask }
}

it('the keys of a provider take turns', async () => {
  const { ask, used } = await start([ONE, TWO, THREE])
  for (let call = 0; call < 6; call++) expect((await ask()).status).toBe(200)
  expect(used()).toEqual(['1111', '2222', '3333', '1111', '2222', '3333'])
})

describe('a key that is limited', () => {
  it.each([
    ['a relayed answer', CHAT, chatBody()],
    ['a relayed stream', CHAT, chatBody('x', { stream: true })],
    ['a stream of Responses', RESPONSES, responsesBody('x', { stream: true })],
    ['a translated stream', MESSAGES, messagesBody('x', { model: 'gpt-4o', stream: true })],
    ['vectors', '/v1/embeddings', { model: 'text-embedding-3-small', input: 'x' }],
  ])('costs no call, and is no retry: %s', async (_, path, body) => {
    const { sluice, upstream, used, ask } = await start()
    upstream.next({ fault: LIMITED })
    const { status, headers } = await sluice.send(path, { body })
    expect([status, headers['x-sluice-attempts']]).toEqual([200, '2'])
    for (let call = 0; call < 3; call++) expect((await ask()).status).toBe(200)
    expect(used()).toEqual(['1111', '2222', '2222', '2222', '2222'])
  })

  it('does not make its target one that is skipped', async () => {
    const aliases = [{ name: 'pair', targets: ['openai/gpt-4o', `anthropic/${CLAUDE}`] }]
    const { sluice, upstream } = await start([ONE, TWO], { aliases })
    upstream.next({ fault: LIMITED })
    for (let call = 0; call < 3; call++) {
      const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'pair' }) })
      expect(headers['x-sluice-target']).toBe('openai/gpt-4o')
    }
  })

  it('is named in the log by its position, and never itself', async () => {
    const { sluice, upstream, ask } = await start()
    upstream.next({ fault: LIMITED })
    await ask()
    expect(sluice.log.filter(({ key }) => key !== undefined)).toMatchObject([
      { level: 40, provider: 'openai', key: 1, restMs: 60_000, msg: 'a key is limited, and rests' },
    ])
  })
})

it('a key that is refused rests, and the provider is not said to refuse', async () => {
  const { sluice, ask, used } = await start([ONE, TWO, THREE], { openai: THREE })
  for (let call = 0; call < 8; call++) expect((await ask()).status).toBe(200)
  expect(used()).toEqual(['1111', '2222', ...Array.from({ length: 8 }, () => '3333')])
  expect(sluice.log.filter(({ level }) => level === 50)).toEqual([])
  expect(sluice.log.filter(({ key }) => key !== undefined)).toMatchObject([
    { key: 1, restMs: 60_000, msg: 'a key is refused, and rests' },
    { key: 2, restMs: 60_000, msg: 'a key is refused, and rests' },
  ])
  expect((await sluice.send('/health/ready')).status).toBe(200)
})

describe('when all keys are limited', () => {
  it('the next target is used, until a key is awake', async () => {
    const aliases = [{ name: 'pair', targets: ['openai/gpt-4o', `anthropic/${CLAUDE}`] }]
    const { sluice, upstream } = await start([ONE, TWO], { aliases })
    upstream.next({ fault: LIMITED }, { fault: LIMITED })
    const pair = () => sluice.send(CHAT, { body: chatBody('x', { model: 'pair' }) })
    for (const attempts of ['3', '1', '1']) {
      const { headers } = await pair()
      expect(headers).toMatchObject({
        'x-sluice-target': `anthropic/${CLAUDE}`,
        'x-sluice-attempts': attempts,
      })
    }
  })

  it('the next target is used for other models of the provider, too', async () => {
    const aliases = [{ name: 'pair', targets: ['openai/gpt-4o-mini', `anthropic/${CLAUDE}`] }]
    const { sluice, upstream, ask } = await start([ONE, TWO], { aliases })
    upstream.next({ fault: LIMITED }, { fault: LIMITED })
    expect((await ask()).status).toBe(429)
    const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'pair' }) })
    expect(headers).toMatchObject({
      'x-sluice-target': `anthropic/${CLAUDE}`,
      'x-sluice-attempts': '1',
    })
  })

  it('and there is no other target, the client receives the answer to the last one', async () => {
    const { upstream, ask, used } = await start()
    upstream.next({ fault: LIMITED }, { fault: LIMITED }, { fault: LIMITED })
    for (const attempts of ['2', '1']) {
      const { status, headers } = await ask()
      expect([status, headers['retry-after'], headers['x-sluice-attempts']]).toEqual([
        429,
        '60',
        attempts,
      ])
    }
    expect(used()).toHaveLength(3)
    expect((await ask()).status).toBe(200)
  })
})

it('no key of a pool is in an answer or in the log', async () => {
  const { sluice, upstream } = await start([ONE, TWO], { logLevel: 'trace' })
  const message = `Your keys ${ONE} and ${TWO} are wrong.`
  for (const status of [400, 401, 500]) {
    const fault = { status, body: { error: { message, type: 'x', code: null } } }
    upstream.next({ fault }, { fault })
    const { text, headers } = await sluice.send(CHAT, { body: chatBody() })
    for (const key of [ONE, TWO]) {
      expect(text).not.toContain(key)
      expect(JSON.stringify(headers)).not.toContain(key)
      expect(sluice.rawLog()).not.toContain(key)
    }
  }
})

it('realtime conversations take turns, too, and leave a key that is limited', async () => {
  const upstream = await startRealtime({ answers: [{ status: 429 }] })
  const { apiKey: _, ...provider } = openaiAt(upstream.url)
  const sluice = await sluiceForTest({ providers: [{ ...provider, apiKeys: [ONE, TWO, THREE] }] })
  for (let turn = 0; turn < 2; turn++)
    await openClient(sluice.url, '/v1/realtime?model=gpt-realtime')
  expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
    `Bearer ${ONE}`,
    `Bearer ${TWO}`,
    `Bearer ${THREE}`,
  ])
})
