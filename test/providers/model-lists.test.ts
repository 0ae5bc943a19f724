/** The providers' own lists: asked for on first use, kept, never waited for long. */
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createCatalogue, type ModelInfo, type Provider } from '#providers'
import { CHAT, chatBody } from '../tools/app/asks.ts'
import { listenForTest, sluiceForTest, startHouse, upstreamForTest } from '../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../tools/app/start-sluice.ts'
import { startUpstream } from '../tools/upstream/start.ts'

/** Answers each request for its list when the test says so. */
const createListed = () => {
  const waiting: ((models: readonly ModelInfo[] | undefined) => void)[] = []
  let known: readonly ModelInfo[] | undefined
  let asked = 0
  const provider: Provider = {
    kind: 'local',
    name: 'listed',
    owns: () => false,
    traits: (model) => ({ provider: 'listed', model }),
    knownModels: () => known,
    fetchModels() {
      asked++
      return new Promise((resolve, reject) =>
        waiting.push((models) => {
          if (!models) return reject(new Error('no answer'))
          known = models
          resolve(models)
        }),
      )
    },
    answer: () => {
      throw new Error('not asked here')
    },
    countTokens: () => 0,
    deadlines: { firstByteMs: 1, firstEventMs: 1, idleMs: 1, connectMs: 1 },
  }
  return {
    provider,
    asked: () => asked,
    answer: (...ids: string[]) => waiting.shift()?.(ids.map((id) => ({ id }))),
    fail: () => waiting.shift()?.(undefined),
  }
}

const MINUTE = 60_000

describe('a list', () => {
  it('is fetched on first use, and once for concurrent calls', async () => {
    const listed = createListed()
    const catalogue = createCatalogue([listed.provider])
    expect(listed.asked()).toBe(0)
    const lists = [catalogue.list(), catalogue.list(), catalogue.listOf(listed.provider)]
    listed.answer('a')
    await Promise.all(lists)
    expect(await catalogue.listOf(listed.provider)).toEqual([{ id: 'a' }])
    expect(listed.asked()).toBe(1)
  })

  it('is kept for ten minutes, then refreshed while the old one is used', async () => {
    const listed = createListed()
    let now = 0
    const catalogue = createCatalogue([listed.provider], () => now)
    const first = catalogue.listOf(listed.provider)
    listed.answer('old')
    await first
    now = 9 * MINUTE
    await catalogue.listOf(listed.provider)
    expect(listed.asked()).toBe(1)
    now = 11 * MINUTE
    expect(await catalogue.listOf(listed.provider)).toEqual([{ id: 'old' }])
    expect(listed.asked()).toBe(2)
    listed.answer('new')
    await expect.poll(() => catalogue.listOf(listed.provider)).toEqual([{ id: 'new' }])
    expect(listed.asked()).toBe(2)
  })

  it('that cannot be refreshed stays, and is fetched again after a minute', async () => {
    const listed = createListed()
    let now = 0
    const catalogue = createCatalogue([listed.provider], () => now)
    const first = catalogue.listOf(listed.provider)
    listed.answer('old')
    await first
    now = 11 * MINUTE
    await catalogue.listOf(listed.provider)
    listed.fail()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await catalogue.listOf(listed.provider)).toEqual([{ id: 'old' }])
    expect(listed.asked()).toBe(2)
    now += 2 * MINUTE
    await catalogue.listOf(listed.provider)
    expect(listed.asked()).toBe(3)
  })

  it('that is not available is empty, and not awaited again at once', async () => {
    const listed = createListed()
    const catalogue = createCatalogue([listed.provider])
    const first = catalogue.list()
    listed.fail()
    expect(await first).toEqual([{ provider: listed.provider, models: [] }])
    expect(await catalogue.listOf(listed.provider)).toEqual([])
    expect(listed.asked()).toBe(1)
  })
})

describe('GET /v1/models', () => {
  it('asks no provider before its first use, and then once', async () => {
    const { sluice, upstream } = await startHouse()
    await sluice.send('/health/ready')
    await sluice.send(CHAT, { body: chatBody() })
    expect(upstream.calls.filter(({ method }) => method === 'GET')).toEqual([])
    for (let times = 0; times < 3; times++) await sluice.send('/v1/models')
    const asked = upstream.calls.filter(({ method }) => method === 'GET')
    expect(asked.map(({ path, refused }) => [path, refused])).toEqual([
      ['/v1/models', undefined],
      ['/v1/models', undefined],
    ])
    expect(asked.map(({ headers }) => headers['anthropic-version'])).toEqual(
      expect.arrayContaining([undefined, '2023-06-01']),
    )
  })

  it('omits a provider that does not answer within two seconds', async () => {
    const silentUrl = await listenForTest(createServer(() => undefined))
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [openaiAt(silentUrl), anthropicAt(upstream.url)],
    })
    const startedAt = performance.now()
    const { status, text } = await sluice.send('/v1/models')
    expect(performance.now() - startedAt).toBeLessThan(2_900)
    expect(status).toBe(200)
    expect(text).toContain('"anthropic/claude-')
    expect(text).not.toContain('"openai/')
  })

  it.each([
    ['is gone', 'gone'],
    ['refuses our key', 'refused'],
  ])('omits a provider that %s', async (_, how) => {
    const upstream = await upstreamForTest({ keys: { openai: how === 'refused' ? 'x' : null } })
    const gone = await startUpstream()
    await gone.close()
    const sluice = await sluiceForTest({
      providers: [openaiAt(how === 'gone' ? gone.url : upstream.url), anthropicAt(upstream.url)],
    })
    const { status, text } = await sluice.send('/v1/models')
    expect(status).toBe(200)
    expect(text).toContain('"anthropic/claude-')
    expect(text).not.toContain('"openai/')
  })
})
