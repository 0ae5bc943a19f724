/** One line per call. */
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
} from '../tools/app/asks.ts'
import { type House, sluiceForTest, startHouse } from '../tools/app/house.ts'
import { isCall } from '../tools/app/start-sluice.ts'

const usage = { input: 1000, output: 77, cacheRead: 600, cacheWrite: 100, reasoning: 7 }
const stream = true

const lineOf = async (sluice: House, path: string, body: object) => {
  const { headers } = await sluice.send(path, { body })
  // A relayed answer bears the id of the upstream under one of the names.
  const ids = new Set<unknown>([headers['x-request-id'], headers['request-id']])
  return sluice.logged((line) => isCall(line) && ids.has(line.requestId))
}

const WAYS = [
  ['relayed chat', CHAT, chatBody(), `openai/${GPT}`],
  [
    'relayed chat stream',
    CHAT,
    chatBody('x', { stream, stream_options: { include_usage: true } }),
    `openai/${GPT}`,
  ],
  ['relayed messages', MESSAGES, messagesBody(), `anthropic/${CLAUDE}`],
  ['relayed messages stream', MESSAGES, messagesBody('x', { stream }), `anthropic/${CLAUDE}`],
  ['relayed responses', RESPONSES, { model: GPT, input: 'x' }, `openai/${GPT}`],
  ['relayed responses stream', RESPONSES, { model: GPT, input: 'x', stream }, `openai/${GPT}`],
  ['translated chat', CHAT, chatBody('x', { model: CLAUDE }), `anthropic/${CLAUDE}`],
  ['translated chat stream', CHAT, chatBody('x', { model: CLAUDE, stream }), `anthropic/${CLAUDE}`],
  ['translated messages', MESSAGES, messagesBody('x', { model: GPT }), `openai/${GPT}`],
  [
    'translated messages stream',
    MESSAGES,
    messagesBody('x', { model: GPT, stream }),
    `openai/${GPT}`,
  ],
] as const

describe('the line of a call', () => {
  it.each(WAYS)('reports all of it: %s', async (name, path, body, target) => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'one two three' }], usage })
    const line = await lineOf(sluice, path, body)
    const isOfUpstream = line.answerId !== undefined
    expect(isOfUpstream).toBe(/^relayed (?:chat|responses)/.test(name))
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      msg: 'call',
      requestId: expect.stringMatching(/^req_/),
      ...(isOfUpstream && { answerId: expect.stringMatching(/^req_/) }),
      caller: 'anonymous',
      route: `POST ${path}`,
      model: body.model,
      target,
      tokensIn: 1000,
      tokensOut: 77,
      tokensCached: 600,
      estimated: false,
      // $3, $0.30 from the cache, $3.75 into it and $15; $2.50, $1.25 from the cache and $10.
      cost: target.startsWith('anthropic') ? 0.00261 : 0.00252,
      firstByteMs: expect.any(Number),
      durationMs: expect.any(Number),
      attempts: 1,
      outcome: 'ok',
    })
    expect(line.durationMs).toBeGreaterThanOrEqual(Number(line.firstByteMs))
  })

  it.each(WAYS)('is written once: %s', async (_, path, body) => {
    const { sluice } = await startHouse()
    await lineOf(sluice, path, body)
    expect(sluice.log.filter(isCall)).toHaveLength(1)
  })

  it.each(WAYS.filter(([name]) => name.endsWith('stream')))(
    'reports the usage before a failure: %s',
    async (_, path, body) => {
      const { sluice, upstream } = await startHouse()
      const parts = [{ text: 'word '.repeat(400) }]
      upstream.next({ parts, usage, fault: { cutAfterEvents: 200 } })
      const line = await lineOf(sluice, path, body)
      expect(line).toMatchObject({ outcome: 'upstream_broken', estimated: true, status: 502 })
      expect(line.tokensIn).toBeGreaterThan(0)
      expect(line.tokensOut).toBeGreaterThan(150)
      expect(line.tokensOut).toBeLessThan(800)
    },
  )

  it.each([
    ['malformed', '{', 'invalid_request', 400],
    ['for a model that is not known', { model: 'nothing' }, 'not_found', 404],
    ['with a body that the upstream rejects', { model: `openai/${GPT}` }, 'upstream_rejected', 400],
  ])('reports how a call ended that was %s', async (_, body, outcome, status) => {
    const { sluice, upstream } = await startHouse()
    const anthropicOnly = await sluiceForTest({
      providers: [{ name: 'anthropic', vendor: 'anthropic', baseUrl: upstream.url }],
    })
    const house = outcome === 'not_found' ? anthropicOnly : sluice
    await house.send(CHAT, { body })
    expect(await house.logged(isCall)).toMatchObject({ outcome, status, tokensIn: 0, tokensOut: 0 })
  })

  it('reports the same for the demo', async () => {
    const sluice = await sluiceForTest({ demo: { paceMs: 0 } })
    const { json } = await sluice.send(MESSAGES, { body: messagesBody('one two three') })
    const told = json.usage as { input_tokens: number; output_tokens: number }
    expect(await sluice.logged(isCall)).toMatchObject({
      target: expect.stringMatching(/^demo\//),
      tokensIn: told.input_tokens,
      tokensOut: told.output_tokens,
      estimated: false,
      outcome: 'ok',
    })
  })

  it('has the caller as a hash that no key can be read from', async () => {
    const { sluice } = await startHouse({ keys: ['a-key'] })
    await sluice.send(CHAT, { body: chatBody(), headers: { 'x-api-key': 'a-key' } })
    const { caller } = await sluice.logged(isCall)
    expect(caller).toMatch(/^[0-9a-f]{12}$/)
  })

  it('is not written for a list, a probe or a refused caller', async () => {
    const { sluice } = await startHouse({ keys: ['a-key'] })
    await sluice.send('/v1/models', { headers: { 'x-api-key': 'a-key' } })
    await sluice.send('/health')
    await sluice.send(CHAT, { body: chatBody() })
    expect(sluice.log.filter(isCall)).toEqual([])
    expect(sluice.log.find(({ msg }) => msg === 'refused')).toMatchObject({
      outcome: 'unauthenticated',
      status: 401,
    })
  })
})
