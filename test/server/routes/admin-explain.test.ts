/** `GET /admin/routes/explain`: where a call would go, and why. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AppOptions } from '#app'
import { GPT } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'

const ADMIN = { authorization: 'Bearer sk-admin' }
const CLAUDE = 'claude-sonnet-4-5-20250929'
const PATH = '/admin/routes/explain'

/** What is known of a target that nobody has called. */
const IDLE = {
  skipped: false,
  breaker: 'closed',
  provider_breaker: 'closed',
  rests_ms: 0,
  in_progress: 0,
  first_byte_ms: null,
  price: expect.any(Number),
}

const start = async (options: Partial<AppOptions> = {}) => {
  const upstream = await upstreamForTest()
  const sluice = await sluiceForTest({
    providers: [openaiAt(upstream.url), anthropicAt(upstream.url)],
    adminKeys: ['sk-admin'],
    keys: [
      { key: 'sk-ann', name: 'ann', models: ['anthropic/*'] },
      { key: 'sk-ben', name: 'ben', models: ['nothing'] },
      'sk-plain',
    ],
    aliases: [
      { name: 'fast', targets: ['small', `anthropic/${CLAUDE}`] },
      { name: 'small', targets: [`openai/${GPT}`] },
    ],
    modelSettings: [{ target: 'openai/*', abilities: { images: false }, context: 1000 }],
    ...options,
  })
  const explain = async (query: string, headers: Record<string, string> = ADMIN) =>
    sluice.send(`${PATH}?${query}`, { headers })
  return { upstream, sluice, explain }
}

describe('a route', () => {
  it('is explained by its steps and its targets, and no target is asked', async () => {
    const { upstream, explain } = await start()
    const { status, json } = await explain('model=fast')
    expect(status).toBe(200)
    expect(json).toEqual({
      model: 'fast',
      protocol: 'openai-chat',
      needs: [],
      steps: [
        { name: 'fast', by: 'alias', leads_to: ['small', `anthropic/${CLAUDE}`] },
        { name: 'small', by: 'alias', leads_to: [`openai/${GPT}`] },
        { name: `openai/${GPT}`, by: 'provider', leads_to: [`openai/${GPT}`] },
        { name: `anthropic/${CLAUDE}`, by: 'provider', leads_to: [`anthropic/${CLAUDE}`] },
      ],
      targets: [
        {
          target: `openai/${GPT}`,
          order: 1,
          permitted: true,
          lane: 'relay',
          lacks: [],
          present: { ...IDLE, share: 1 },
        },
        {
          target: `anthropic/${CLAUDE}`,
          order: 2,
          permitted: true,
          lane: 'translate',
          lacks: [],
          present: { ...IDLE, share: 0 },
        },
      ],
      affinity: true,
      error: null,
    })
    expect(callsOf(upstream)).toEqual([])
  })

  it('says whether the turns of a conversation stay with one target', async () => {
    const aliases = [
      { name: 'close', targets: [`openai/${GPT}`] },
      { name: 'loose', targets: [`openai/${GPT}`], affinity: false },
    ]
    const affinityOf = async (options: { affinity?: boolean }, model: string) => {
      const { explain } = await start({ aliases, ...options })
      return (await explain(`model=${model}`)).json.affinity
    }
    expect(await affinityOf({}, 'close')).toBe(true)
    expect(await affinityOf({}, 'loose')).toBe(false)
    expect(await affinityOf({ affinity: false }, 'close')).toBe(false)
  })

  it('skips a target for what it lacks', async () => {
    const { explain } = await start()
    const { json } = await explain(
      'model=fast&needs=images,context:5000&protocol=anthropic-messages',
    )
    expect(json).toMatchObject({
      needs: ['images', 'context:5000'],
      targets: [
        {
          target: `openai/${GPT}`,
          order: null,
          lacks: [
            { need: 'images', source: 'configuration', refuses: true },
            {
              need: 'context',
              source: 'configuration',
              refuses: true,
              available: 1000,
              needed: 5000,
            },
          ],
        },
        { target: `anthropic/${CLAUDE}`, order: 1, lane: 'relay', lacks: [] },
      ],
      error: null,
    })
  })

  it('says what a call would be refused with, as the call itself does', async () => {
    const { sluice, explain } = await start()
    const { json } = await explain('model=small&needs=images')
    expect(json.targets).toMatchObject([{ order: null }])
    const image = { type: 'image_url', image_url: { url: 'https://a.example/b.png' } }
    const refused = await sluice.send('/v1/chat/completions', {
      headers: { authorization: 'Bearer sk-plain' },
      body: { model: 'small', messages: [{ role: 'user', content: [image] }] },
    })
    expect(refused.status).toBe(400)
    const { message } = refused.json.error as { message: string }
    expect(json.error).toEqual({ code: 'invalid_request', status: 400, message, param: 'messages' })
  })

  it('is that of a key, by its name or its id', async () => {
    const { sluice, explain } = await start()
    const { json: keys } = await sluice.send('/admin', { headers: ADMIN })
    const [{ id = '' } = {}] = keys.keys as { id: string }[]
    for (const key of ['ann', id]) {
      const { json } = await explain(`model=fast&key=${key}`)
      expect(json.targets).toMatchObject([
        { target: `openai/${GPT}`, order: null, permitted: false },
        { target: `anthropic/${CLAUDE}`, order: 1, permitted: true },
      ])
    }
    const { json } = await explain('model=fast&key=ben')
    expect(json.error).toMatchObject({ code: 'forbidden', status: 403 })
  })

  it.each([
    ['gpt-5.5', 'vendor'],
    [`openai/${GPT}`, 'provider'],
    ['gemini-2.5-flash', 'preset'],
  ])('of %s is by the %s', async (model, by) => {
    const { explain } = await start()
    const { json } = await explain(`model=${model}`)
    expect(json.steps).toMatchObject([{ name: model, by }])
  })

  it('is by the default where nothing else applies', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [openaiAt(upstream.url)],
      adminKeys: ['sk-admin'],
      keys: ['sk-plain'],
      defaultModel: `openai/${GPT}`,
    })
    const { json } = await sluice.send(`${PATH}?model=whatever`, { headers: ADMIN })
    expect(json.steps).toMatchObject([
      { name: 'whatever', by: 'nothing' },
      { name: 'whatever', by: 'default', leads_to: [`openai/${GPT}`] },
      { by: 'provider' },
    ])
  })

  it('is by the protocol of the client if there is no default', async () => {
    const { explain } = await start()
    const { json } = await explain('model=whatever&protocol=anthropic-messages')
    expect(json.steps).toMatchObject([
      { by: 'nothing' },
      { by: 'protocol', leads_to: ['anthropic/whatever'] },
    ])
  })

  it('to nowhere has the error of the call', async () => {
    const { explain } = await start()
    const { status, json } = await explain('model=whatever&protocol=gemini')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      steps: [{ name: 'whatever', by: 'nothing', leads_to: [] }],
      targets: [],
      error: { code: 'not_found', status: 404, param: 'model' },
    })
  })
})

it('a route is explained by what its targets do at present', async () => {
  const upstream = await upstreamForTest({ keys: { openai: null } })
  const { apiKey: _, ...openai } = openaiAt(upstream.url)
  const sluice = await sluiceForTest({
    providers: [
      { ...openai, apiKeys: ['sk-one', 'sk-two'] },
      { ...openaiAt(upstream.url), name: 'other' },
      { ...anthropicAt(upstream.url) },
    ],
    adminKeys: ['sk-admin'],
    keys: ['sk-plain'],
    breaker: { failures: 1, ratio: 1, windowMs: 60_000, restMs: 60_000 },
    aliases: [
      {
        name: 'best',
        targets: [`openai/${GPT}`, `other/${GPT}`, `anthropic/${CLAUDE}`],
        strategy: 'weighted',
        weights: [3, 5, 1],
      },
    ],
    retry: { retries: 0, baseMs: 1 },
  })
  const call = (model: string) =>
    sluice.send('/v1/chat/completions', {
      headers: { authorization: 'Bearer sk-plain' },
      body: { model, messages: [{ role: 'user', content: 'x' }] },
    })
  upstream.next(
    { fault: { status: 500 } },
    { fault: { status: 429, headers: { 'retry-after': '60' } } },
    { parts: [{ text: 'yes' }] },
  )
  await call(`other/${GPT}`)
  await call(`openai/${GPT}`)
  const { json, text } = await sluice.send(`${PATH}?model=best&needs=context:1000`, {
    headers: ADMIN,
  })
  expect(json.steps).toMatchObject([{ strategy: 'weighted', weights: [3, 5, 1] }, {}, {}, {}])
  expect(json.targets).toMatchObject([
    {
      target: `openai/${GPT}`,
      order: 1,
      present: {
        share: 0.75,
        skipped: false,
        breaker: 'closed',
        in_progress: 0,
        first_byte_ms: expect.any(Number),
        price: expect.closeTo(1000 * 2.5e-6 + 500 * 10e-6),
        keys: [
          { key: 1, rests_ms: expect.any(Number) },
          { key: 2, rests_ms: 0 },
        ],
      },
    },
    {
      target: `other/${GPT}`,
      order: 3,
      present: { share: 0, skipped: true, breaker: 'open', provider_breaker: 'closed' },
    },
    { target: `anthropic/${CLAUDE}`, order: 2, present: { share: 0.25, first_byte_ms: null } },
  ])
  expect(text).not.toContain('sk-one')
  const [
    {
      present: {
        keys: [first],
      },
    } = { present: { keys: [] } },
  ] = json.targets as {
    present: { keys: { rests_ms: number }[] }
  }[]
  expect(first?.rests_ms).toBeGreaterThan(50_000)
})

describe('a question', () => {
  it.each([
    ['', 'model'],
    ['model=', 'model'],
    ['model=a&model=b', 'model'],
    ['model=a&protocol=telnet', 'protocol'],
    ['model=a&protocol=gemini&protocol=gemini', 'protocol'],
    ['model=a&needs=wings', 'needs'],
    ['model=a&needs=context', 'needs'],
    ['model=a&needs=context:0', 'needs'],
    ['model=a&needs=context:1e9', 'needs'],
    ['model=a&needs=tools&needs=images', 'needs'],
    ['model=a&key=nobody', 'key'],
    ['model=a&key=ann&key=ann', 'key'],
    ['model=a&need=tools', 'need'],
  ])('%s is refused by the parameter %s', async (query, param) => {
    const { explain } = await start()
    const { status, json } = await explain(query)
    expect(status).toBe(400)
    expect(json.error).toMatchObject({ param })
  })

  it('of a very long name is answered', async () => {
    const { explain } = await start()
    const { status, json } = await explain(`model=${'a'.repeat(2000)}`)
    expect(status).toBe(200)
    expect(json.error).toMatchObject({ code: 'not_found' })
  })

  it('is in the audit, without what was asked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-admin-explain-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const sluice = await sluiceForTest({ adminKeys: ['sk-admin'], rows: { folder } })
    await sluice.send(`${PATH}?model=secret-word`, { headers: ADMIN })
    await sluice.send(PATH, { headers: ADMIN })
    const { json, text } = await sluice.send('/admin/audit', { headers: ADMIN })
    const lines = (json.data as { subject: string }[]).filter(({ subject }) => subject === PATH)
    expect(lines).toMatchObject([
      { action: 'admin.read', outcome: 'invalid_request' },
      { action: 'admin.read', outcome: 'ok' },
    ])
    expect(text).not.toContain('secret-word')
  })

  it('is for an admin key only', async () => {
    const { explain } = await start()
    expect((await explain('model=fast', { authorization: 'Bearer sk-plain' })).status).toBe(403)
    expect((await explain('model=fast', {})).status).toBe(401)
  })
})
