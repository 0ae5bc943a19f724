/** Responses that are kept, as OpenAI keeps them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../../app/send.ts'
import { DEFAULT_KEYS } from '../keys.ts'
import { startUpstream, type Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const headers = { authorization: `Bearer ${DEFAULT_KEYS.openai}` }
const ask = (body: object) =>
  send(upstream.url, '/v1/responses', {
    headers,
    body: { model: 'gpt-5', input: 'hello', ...body },
  })
const visit = (id: unknown, below = '', method = 'GET') =>
  send(upstream.url, `/v1/responses/${String(id)}${below}`, { headers, method })

describe('a response that was waited for', () => {
  it('is read, listed and deleted', async () => {
    const { json } = await ask({})
    expect((await visit(json.id)).json).toEqual(json)
    expect((await visit(json.id, '/input_items')).json).toMatchObject({
      object: 'list',
      data: [{ content: 'hello' }],
    })
    expect((await visit(json.id, '', 'DELETE')).json).toMatchObject({ deleted: true })
    const gone = await visit(json.id)
    expect(gone.status).toBe(404)
    expect(gone.json.error).toMatchObject({
      message: `Response with id '${String(json.id)}' not found.`,
    })
  })

  it.each([
    ['/cancel', 'POST', 'Cannot cancel a synchronous response.'],
    [
      '?stream=true',
      'GET',
      'This response cannot be streamed because it was not created with background=true.',
    ],
  ])('refuses %s', async (below, method, message) => {
    const { json } = await ask({})
    const refused = await visit(json.id, below, method)
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({ message })
  })

  it('is not stored if that is not wanted', async () => {
    const { json } = await ask({ store: false })
    expect((await visit(json.id)).status).toBe(404)
    expect((await ask({ store: false, background: true })).status).toBe(400)
  })
})

describe('a response in the background', () => {
  it('is completed while it is polled', async () => {
    const { json } = await ask({ background: true })
    expect(json).toMatchObject({ status: 'queued', output: [], usage: null })
    expect((await visit(json.id)).json).toMatchObject({ status: 'in_progress', output: [] })
    expect((await visit(json.id)).json).toMatchObject({ status: 'completed', background: true })
  })

  it('is streamed from any event on', async () => {
    const { text } = await ask({ background: true, stream: true })
    const id = /"id":"(resp_[^"]+)"/.exec(text)?.[1]
    expect((await visit(id, '?stream=true')).text).toBe(text)
    const rest = await visit(id, '?stream=true&starting_after=1')
    expect(text.endsWith(rest.text)).toBe(true)
    expect(rest.text).toContain('"sequence_number":2')
    expect(rest.text).not.toContain('"sequence_number":1,')
  })

  it('is ended by a cancel', async () => {
    const { json } = await ask({ background: true })
    expect((await visit(json.id, '/cancel', 'POST')).json).toMatchObject({ status: 'cancelled' })
    expect((await visit(json.id)).json).toMatchObject({ status: 'cancelled' })
  })
})

it('makes a conversation short', async () => {
  const input = [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: 'hi' },
  ]
  const { json } = await send(upstream.url, '/v1/responses/compact', {
    headers,
    body: { model: 'gpt-5', input },
  })
  expect(json).toMatchObject({
    object: 'response.compaction',
    output: [{ type: 'message', role: 'user', content: 'hello' }, { type: 'compaction' }],
  })
  const go = { model: 'gpt-5', input: [...(json.output as object[]), input[0]] }
  expect((await ask(go)).status).toBe(200)
})
