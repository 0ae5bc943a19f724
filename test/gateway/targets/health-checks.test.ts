/** Health checks of a running Sluice: what a provider is asked, with which key, and who sees what it said. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { ProviderOptions } from '#app'
import { CHAT, chatBody, GPT } from '../../tools/app/asks.ts'
import { listenForTest, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { ADMIN, scrape } from '../../tools/telemetry/scrape.ts'

const OFTEN = { everyMs: 20, timeoutMs: 5_000 }
const asAdmin = { headers: { authorization: `Bearer ${ADMIN}` } }

/** An upstream that is asked for nothing but its health. */
const startServer = async (
  answer: (request: IncomingMessage, response: ServerResponse) => void,
) => {
  const asked: IncomingMessage[] = []
  const url = await listenForTest(
    createServer((request, response) => {
      asked.push(request)
      answer(request, response)
    }),
  )
  return { url, asked }
}

const startWith = async (provider: Partial<ProviderOptions> & { baseUrl: string }) => {
  const sluice = await sluiceForTest({
    providers: [{ name: 'openai', vendor: 'openai', apiKey: 'sk-upstream', ...provider }],
    adminKeys: [ADMIN],
  })
  const checkOf = async () => {
    const { json } = await sluice.send('/health', asAdmin)
    const { providers } = json.backends as {
      providers: { status: string; check?: { status: string; code: string | null } }[]
    }
    return { provider: providers[0]?.status, ...providers[0]?.check }
  }
  return { sluice, checkOf }
}

it('no provider is asked without being configured', async () => {
  const { url, asked } = await startServer((_, response) => void response.end())
  const { checkOf } = await startWith({ baseUrl: `${url}/v1` })
  await sleep(100)
  expect(asked).toEqual([])
  expect(await checkOf()).toEqual({ provider: 'unknown' })
})

describe('a provider is asked', () => {
  it('for its list of models, with its key, and nothing is counted as a call', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [
        { ...openaiAt(upstream.url), health: OFTEN },
        { ...anthropicAt(upstream.url), health: OFTEN },
      ],
      adminKeys: [ADMIN],
    })
    await eventually('both are asked', () => upstream.calls.length >= 4)
    for (const { method, path, headers, refused } of upstream.calls) {
      expect([method, path, refused]).toEqual(['GET', '/v1/models', undefined])
      expect(headers.authorization ?? headers['x-api-key']).toMatch(/^(Bearer )?sk-/)
    }
    await expect.poll(async () => (await scrape(sluice)).sum('sluice_provider_check_up')).toBe(2)
    expect((await scrape(sluice)).sum('sluice_attempts_total')).toBe(0)
    expect(sluice.log.filter(isCall)).toEqual([])
  })

  it('for a path of the configuration, below its base URL', async () => {
    const { url, asked } = await startServer((_, response) => void response.end('well'))
    const { checkOf } = await startWith({
      baseUrl: `${url}/below/v1`,
      health: { ...OFTEN, path: '/health?deep=1' },
    })
    await expect.poll(checkOf).toMatchObject({ provider: 'up', status: 'up', code: null })
    expect(asked[0]).toMatchObject({ method: 'GET', url: '/below/v1/health?deep=1' })
    expect(asked[0]?.headers.authorization).toBe('Bearer sk-upstream')
  })

  it('with the next of its keys, of which a refused one rests', async () => {
    const { url, asked } = await startServer(({ headers }, response) => {
      response.writeHead(headers.authorization === 'Bearer sk-good' ? 200 : 401).end('{}')
    })
    const sluice = await sluiceForTest({
      providers: [
        {
          name: 'openai',
          vendor: 'openai',
          apiKeys: ['sk-bad', 'sk-good'],
          baseUrl: `${url}/v1`,
          health: OFTEN,
        },
      ],
      adminKeys: [ADMIN],
    })
    await eventually('several checks', () => asked.length >= 5)
    const keys = asked.map(({ headers }) => headers.authorization)
    expect(keys.filter((key) => key === 'Bearer sk-bad')).toHaveLength(1)
    expect((await sluice.send('/health/ready')).status).toBe(200)
    expect(sluice.log.filter(({ key }) => key !== undefined)).toMatchObject([{ key: 1 }])
  })

  it('without an answer being followed elsewhere', async () => {
    const other = await startServer((_, response) => void response.end())
    const { url, asked } = await startServer((_, response) => {
      response.writeHead(302, { location: `${other.url}/v1/models` }).end()
    })
    const { checkOf } = await startWith({ baseUrl: `${url}/v1`, health: OFTEN })
    await eventually('several checks', () => asked.length >= 3)
    expect(other.asked).toEqual([])
    expect(await checkOf()).toMatchObject({ status: 'down', code: 'upstream_failed' })
  })

  it('no more after the drain has begun', async () => {
    const { url, asked } = await startServer((_, response) => void response.end())
    const { sluice } = await startWith({ baseUrl: `${url}/v1`, health: OFTEN })
    await eventually('a check', () => asked.length > 0)
    await sluice.close()
    const count = asked.length
    await sleep(100)
    expect(asked.length).toBe(count)
  })
})

describe('a check that fails', () => {
  it.each<[string, (response: ServerResponse) => void, string]>([
    ['500', (response) => void response.writeHead(500).end('{}'), 'upstream_failed'],
    ['no answer in time', () => undefined, 'upstream_timeout'],
    ['a cut', (response) => void response.destroy(), 'upstream_broken'],
    ['a refused key', (response) => void response.writeHead(401).end('{}'), 'upstream_denied'],
  ])('with %s is seen by an admin', async (_, answer, code) => {
    const { url } = await startServer((_request, response) => answer(response))
    const health = { everyMs: 20, timeoutMs: 50 }
    const { sluice, checkOf } = await startWith({ baseUrl: `${url}/v1`, health })
    await expect.poll(checkOf).toMatchObject({ status: 'down', code })
    const { sum } = await scrape(sluice)
    expect(sum('sluice_provider_check_up', { provider: 'openai' })).toBe(0)
    const { json } = await sluice.send(`/admin/routes/explain?model=openai/${GPT}`, asAdmin)
    expect(json.targets).toMatchObject([{ present: { check: { status: 'down', code } } }])
  })

  it('spares calls what they would have found out, and one call finds out that it is well again', async () => {
    let isDown = true
    const first = await startServer((request, response) => {
      if (isDown) return void response.destroy()
      const isList = request.method === 'GET'
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(isList ? '{"object":"list","data":[]}' : ANSWER)
    })
    const second = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [
        { ...openaiAt(first.url), name: 'first', health: OFTEN },
        { ...openaiAt(second.url), name: 'second' },
      ],
      aliases: [{ name: 'best', targets: [`first/${GPT}`, `second/${GPT}`] }],
      breaker: { failures: 3, ratio: 1, windowMs: 60_000, restMs: 300_000 },
    })
    const ask = () => sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
    await sluice.logged(({ msg, target }) => msg !== 'call' && target === 'first')
    const spared = await ask()
    expect(spared.headers).toMatchObject({
      'x-sluice-target': `second/${GPT}`,
      'x-sluice-attempts': '1',
    })
    isDown = false
    await sluice.logged(({ msg }) => msg === 'its health check succeeds')
    // Long before its rest is over.
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const posts = first.asked.filter(({ method }) => method === 'POST')
    expect(posts.length).toBeGreaterThanOrEqual(1)
    await expect.poll(async () => (await ask()).headers['x-sluice-target']).toBe(`first/${GPT}`)
  })
})

const ANSWER = JSON.stringify({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: GPT,
  choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})
