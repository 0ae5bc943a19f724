/** The list of models in both shapes. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CLAUDE, GPT } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

const ANTHROPIC = { 'anthropic-version': '2023-06-01' }
const aliases: AppOptions['aliases'] = [
  { name: 'fast', targets: ['openai/gpt-4o-mini'] },
  { name: 'team/best', targets: [`anthropic/${CLAUDE}`] },
  { name: 'any-*', targets: ['openai/*'] },
  { name: '/^x-(.*)$/', targets: ['openai/$1'] },
]

interface Listed {
  data: { id: string }[]
}

const idsOf = (json: unknown) => (json as Listed).data.map(({ id }) => id)

describe('GET /v1/models', () => {
  it('merges aliases and the models of every provider, in OpenAI’s format', async () => {
    const { sluice } = await startHouse({ aliases })
    const { json } = await sluice.send('/v1/models')
    expect(json.object).toBe('list')
    expect(idsOf(json)).toEqual(
      expect.arrayContaining(['fast', 'team/best', `openai/${GPT}`, `anthropic/${CLAUDE}`]),
    )
    for (const model of (json as unknown as Listed).data)
      expect(model).toEqual({
        id: expect.any(String),
        object: 'model',
        created: expect.any(Number),
        owned_by: expect.any(String),
      })
  })

  it('names each once, and no pattern', async () => {
    const { sluice } = await startHouse({ aliases })
    const ids = idsOf((await sluice.send('/v1/models')).json)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter((id) => /[*^]/.test(id))).toEqual([])
  })

  it('has Anthropic’s format if anthropic-version is present', async () => {
    const { sluice } = await startHouse({ aliases })
    const { json } = await sluice.send('/v1/models?limit=1000', { headers: ANTHROPIC })
    const ids = idsOf(json)
    expect(json).toMatchObject({ has_more: false, first_id: ids[0], last_id: ids.at(-1) })
    expect(ids).toEqual(expect.arrayContaining(['fast', `openai/${GPT}`, `anthropic/${CLAUDE}`]))
    for (const model of (json as unknown as Listed).data) {
      expect(model).toMatchObject({ type: 'model', display_name: expect.any(String) })
      expect(new Date((model as { created_at?: string }).created_at ?? '').getTime()).not.toBeNaN()
    }
  })

  it('includes the capabilities that Anthropic reports of its own models', async () => {
    const { sluice } = await startHouse()
    const { json } = await sluice.send('/v1/models', { headers: ANTHROPIC })
    const model = (json as unknown as Listed).data.find(({ id }) => id === `anthropic/${CLAUDE}`)
    expect(model).toMatchObject({
      display_name: 'Claude Sonnet 4.5',
      capabilities: { thinking: { supported: true } },
      max_tokens: 64_000,
    })
  })

  it('can be retrieved by every id that it lists', async () => {
    const { sluice } = await startHouse({ aliases })
    for (const id of ['fast', 'team/best', `openai/${GPT}`])
      expect(
        (
          await sluice.send('/v1/chat/completions', {
            body: { model: id, messages: [{ role: 'user', content: 'hi' }] },
          })
        ).status,
      ).toBe(200)
  })

  it('answers HEAD without a body', async () => {
    const { sluice } = await startHouse()
    const { status, text } = await sluice.send('/v1/models', { method: 'HEAD' })
    expect([status, text]).toEqual([200, ''])
  })
})

describe('GET /v1/models/{id}', () => {
  it.each(['fast', 'team/best', 'team%2Fbest', `openai/${GPT}`, `openai%2F${GPT}`, GPT, CLAUDE])(
    'finds %s, slashes included',
    async (id) => {
      const { sluice } = await startHouse({ aliases })
      const { status, json } = await sluice.send(`/v1/models/${id}`)
      expect(status).toBe(200)
      expect(json).toMatchObject({ id: decodeURIComponent(id), object: 'model' })
    },
  )

  it('has Anthropic’s format if anthropic-version is present', async () => {
    const { sluice } = await startHouse()
    const { json } = await sluice.send(`/v1/models/${CLAUDE}`, { headers: ANTHROPIC })
    expect(json).toMatchObject({ type: 'model', id: CLAUDE, display_name: 'Claude Sonnet 4.5' })
  })

  it('is a 404 in the client’s dialect if no model has that id', async () => {
    const { sluice } = await startHouse()
    const openai = await sluice.send('/v1/models/nothing')
    expect(openai.status).toBe(404)
    expect(checkChatError(openai.json)).toEqual([])
    expect(openai.json).toMatchObject({ error: { code: 'model_not_found' } })
    const anthropic = await sluice.send('/v1/models/nothing', { headers: ANTHROPIC })
    expect(anthropic.status).toBe(404)
    expect(checkMessagesError(anthropic.json)).toEqual([])
  })

  it.each(['/v1/models/', '/v1/models/%zz'])('is a 404 for %s', async (path) => {
    const { sluice } = await startHouse()
    expect((await sluice.send(path)).status).toBe(404)
  })
})
