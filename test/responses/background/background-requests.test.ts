/** What can be asked with `background`, and of what was asked without it. */
import { describe, expect, it } from 'vitest'
import { CHAT, CLAUDE, GPT, RESPONSES } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'

const ask = (more: object = {}) => ({
  body: { model: CLAUDE, input: 'Hello.', background: true, ...more },
})

describe('a request', () => {
  it.each([
    ['store', ask({ store: false }).body, 'store'],
    ['a wish about storing that is none', ask({ store: 'no' }).body, 'store'],
    ['a flag that is none', ask({ background: 'yes' }).body, 'background'],
    ['no input', { model: CLAUDE, background: true }, 'input'],
  ])('is refused at once with %s', async (_, body, param) => {
    const { sluice, upstream } = await startHouse()
    const refused = await sluice.send(RESPONSES, { body })
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({ param })
    expect(callsOf(upstream)).toEqual([])
  })

  it('is refused at the path of Chat', async () => {
    const { sluice } = await startHouse()
    const refused = await sluice.send(CHAT, ask())
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({ param: 'background' })
  })

  it.each([
    ['/cancel', 'POST', undefined],
    ['?stream=true', 'GET', 'stream'],
    ['?stream=perhaps', 'GET', 'stream'],
    ['/input_items?limit=0', 'GET', 'limit'],
    ['/input_items?limit=x', 'GET', 'limit'],
    ['/input_items?limit=1e1', 'GET', 'limit'],
    ['/input_items?limit=101', 'GET', 'limit'],
    ['/input_items?order=up', 'GET', 'order'],
    ['/input_items?after=nobody', 'GET', 'after'],
  ])('of an answer that was waited for: %s is a 400', async (below, method, param) => {
    const { sluice } = await startHouse()
    const { json } = await sluice.send(RESPONSES, { body: { model: CLAUDE, input: 'Hello.' } })
    const refused = await sluice.send(`${RESPONSES}/${String(json.id)}${below}`, { method })
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({
      type: 'invalid_request_error',
      param: param ?? null,
    })
  })

  it.each(['-1', 'x', '1e9', ''])('starting_after=%s is a 400', async (after) => {
    const { sluice } = await startHouse()
    const { json } = await sluice.send(RESPONSES, ask())
    const path = `${RESPONSES}/${String(json.id)}?stream=true&starting_after=${after}`
    const refused = await sluice.send(path)
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({ param: 'starting_after' })
  })

  it('of the input: pages, newest first', async () => {
    const { sluice } = await startHouse()
    const input = ['a', 'b', 'c'].map((content) => ({ role: 'user', content }))
    const { json } = await sluice.send(RESPONSES, { body: { model: CLAUDE, input } })
    const path = `${RESPONSES}/${String(json.id)}/input_items`
    const first = await sluice.send(`${path}?limit=2`)
    expect(first.json).toMatchObject({ data: [{ content: 'c' }, { content: 'b' }], has_more: true })
    const next = await sluice.send(`${path}?limit=2&after=${String(first.json.last_id)}`)
    expect(next.json).toMatchObject({ data: [{ content: 'a' }], has_more: false })
    const { json: upwards } = await sluice.send(`${path}?order=asc`)
    expect(upwards).toMatchObject({ data: [{ content: 'a' }, { content: 'b' }, { content: 'c' }] })
  })
})

it('if the first target supports it, only this upstream is asked', async () => {
  const { sluice, upstream } = await startHouse({
    aliases: [{ name: 'both', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
  })
  const { json } = await sluice.send(RESPONSES, ask({ model: 'both' }))
  expect(json).toMatchObject({ status: 'queued' })
  expect(callsOf(upstream).map(({ path }) => path)).toEqual([RESPONSES])
  upstream.next(...Array.from({ length: 3 }, () => ({ fault: { status: 500 } })))
  expect((await sluice.send(RESPONSES, ask({ model: 'both' }))).status).toBe(500)
})
