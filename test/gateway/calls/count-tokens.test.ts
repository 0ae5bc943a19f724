/** What a request would cost to read. */
import { describe, expect, it } from 'vitest'
import { CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { checkMessagesError } from '../../tools/checkers/index.ts'
import { plainUpstream } from '../../tools/gateway/plain-upstream.ts'

const COUNT = `${MESSAGES}/count_tokens`
const body = (more: Record<string, unknown> = {}) => {
  const { max_tokens: _, ...rest } = messagesBody('How much is this?', more)
  return rest
}

describe('for a model of Anthropic', () => {
  it('is forwarded unchanged, and so is the answer', async () => {
    const { sluice, upstream } = await startHouse()
    const written = JSON.stringify(body({ context_management: { edits: [] } }))
    const headers = { 'anthropic-beta': 'context-management-2025-06-27' }
    const answer = await sluice.send(`${COUNT}?beta=true`, { body: written, headers })
    expect(answer.status).toBe(200)
    const [call] = callsOf(upstream)
    expect(call).toMatchObject({ path: COUNT, query: 'beta=true' })
    expect(call?.headers).toMatchObject(headers)
    expect(call?.rawBody.toString()).toBe(written)
    expect(answer.json).toHaveProperty('context_management')
    expect(answer.headers).toMatchObject({
      'x-sluice-model': CLAUDE,
      'x-sluice-target': `anthropic/${CLAUDE}`,
    })
    expect(await sluice.logged(isCall)).toMatchObject({
      route: `POST ${COUNT}`,
      tokensIn: answer.json.input_tokens,
      tokensOut: 0,
      estimated: false,
      outcome: 'ok',
    })
  })

  it('follows aliases', async () => {
    const { sluice, upstream } = await startHouse({
      aliases: [{ name: 'best', targets: [`anthropic/${CLAUDE}`] }],
    })
    expect((await sluice.send(COUNT, { body: body({ model: 'best' }) })).status).toBe(200)
    expect(callsOf(upstream)[0]?.body).toMatchObject({ model: CLAUDE })
  })

  it('passes a refusal through unchanged', async () => {
    const { sluice, upstream } = await startHouse()
    const { status, json } = await sluice.send(COUNT, { body: { model: CLAUDE, messages: 7 } })
    expect(status).toBe(400)
    expect(checkMessagesError(json)).toEqual([])
    expect(json).toMatchObject({ error: { message: callsOf(upstream)[0]?.refused } })
  })

  it('is counted by Sluice if the server does not have the route', async () => {
    const { url, calls } = await plainUpstream(
      (_call, response) => void response.writeHead(404).end('Not Found'),
    )
    const sluice = await sluiceForTest({
      providers: [{ name: 'anthropic', vendor: 'anthropic', baseUrl: url }],
    })
    const { status, json } = await sluice.send(COUNT, { body: body() })
    expect(status).toBe(200)
    expect(calls.map(({ url: asked }) => asked)).toEqual([COUNT])
    expect(json).toEqual({ input_tokens: expect.any(Number) })
    expect(json.input_tokens).toBeGreaterThan(0)
  })
})

describe('for a model of another vendor', () => {
  it('is counted here, without a call', async () => {
    const { sluice, upstream } = await startHouse()
    const { status, json } = await sluice.send(COUNT, { body: body({ model: GPT }) })
    expect(status).toBe(200)
    expect(json).toEqual({ input_tokens: expect.any(Number) })
    expect(json.input_tokens).toBeGreaterThan(4)
    expect(json.input_tokens).toBeLessThan(30)
    expect(callsOf(upstream)).toEqual([])
  })

  it('grows with system, tools, results and images', async () => {
    const { sluice } = await startHouse()
    const count = async (more: Record<string, unknown>) =>
      Number((await sluice.send(COUNT, { body: body({ model: GPT, ...more }) })).json.input_tokens)
    const plain = await count({})
    const text = 'many more words than before '.repeat(20)
    const tool = { name: 'f', description: text, input_schema: { type: 'object' } }
    expect(await count({ system: text })).toBeGreaterThan(plain + 80)
    expect(await count({ tools: [tool] })).toBeGreaterThan(plain + 80)
    expect(
      await count({
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: text }] },
        ],
      }),
    ).toBeGreaterThan(plain + 80)
  })

  it('is a 400 that names the invalid field', async () => {
    const { sluice } = await startHouse()
    const { status, json } = await sluice.send(COUNT, { body: { model: GPT, messages: 7 } })
    expect(status).toBe(400)
    expect(checkMessagesError(json)).toEqual([])
    expect(JSON.stringify(json)).toContain('messages')
  })
})

it('counts for the demo as the demo does', async () => {
  const sluice = await sluiceForTest({ demo: { paceMs: 0 } })
  const counted = await sluice.send(COUNT, { body: body({ model: 'demo/echo' }) })
  const asked = await sluice.send(MESSAGES, {
    body: messagesBody('How much is this?', { model: 'demo/echo' }),
  })
  expect(counted.json.input_tokens).toBe(
    (asked.json.usage as { input_tokens: number }).input_tokens,
  )
})
