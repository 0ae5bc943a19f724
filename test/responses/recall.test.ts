/** A request that refers to an earlier answer. */
import { describe, expect, it } from 'vitest'
import { CLAUDE, GPT, RESPONSES } from '../tools/app/asks.ts'
import { callsOf, startHouse } from '../tools/app/house.ts'

const KEYS = ['first-key', 'second-key']
const as = (key: string | undefined) => ({ authorization: `Bearer ${key}` })

const ask = (input: unknown, more: object = {}) => ({
  body: { model: CLAUDE, input, ...more },
  headers: as(KEYS[0]),
})

describe('on an upstream that speaks another protocol', () => {
  it.each([false, true])('the next turn needs only the new input (stream: %s)', async (stream) => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    upstream.next({ parts: [{ text: 'Your name is Ada.' }] })
    const first = await sluice.send(RESPONSES, ask('I am Ada.', { stream }))
    const id = /"id":"(resp_[^"]+)"/.exec(first.text)?.[1]
    expect(first.status).toBe(200)
    const more = { previous_response_id: id }
    expect((await sluice.send(RESPONSES, ask('Who am I?', more))).status).toBe(200)
    const sent = JSON.stringify(callsOf(upstream)[1]?.body)
    for (const said of ['I am Ada.', 'Your name is Ada.', 'Who am I?']) expect(sent).toContain(said)
  })

  it('an item may be named in place of itself', async () => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    upstream.next({ parts: [{ text: 'The answer.' }] })
    const { json } = await sluice.send(RESPONSES, ask('A question.'))
    const input = [
      { role: 'user', content: 'A question.' },
      { type: 'item_reference', id: (json.output as { id: string }[]).at(-1)?.id },
      { role: 'user', content: 'And another.' },
    ]
    expect((await sluice.send(RESPONSES, ask(input))).status).toBe(200)
    expect(JSON.stringify(callsOf(upstream)[1]?.body)).toContain('The answer.')
  })

  it.each([
    ['that was never given', async () => 'resp_nothing', KEYS[0]],
    ['of another caller', async (id: string) => id, KEYS[1]],
  ])('an answer %s is a 400 that names the field', async (_, toId, key) => {
    const { sluice } = await startHouse({ keys: KEYS })
    const { json } = await sluice.send(RESPONSES, ask('Hello.'))
    const id = await toId(String(json.id))
    const { body } = ask('Go on.', { previous_response_id: id })
    const refused = await sluice.send(RESPONSES, { body, headers: as(key) })
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    })
  })

  it('an answer is not stored if its client says so', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const { json } = await sluice.send(RESPONSES, ask('Hello.', { store: false }))
    const gone = await sluice.send(`${RESPONSES}/${json.id}`, {
      method: 'GET',
      headers: as(KEYS[0]),
    })
    expect(gone.status).toBe(404)
  })

  it('an answer can be read again, with its input, until it is deleted', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const { json } = await sluice.send(RESPONSES, ask('Hello.'))
    const path = `${RESPONSES}/${json.id}`
    const visit = (method: string, below = '', key = KEYS[0]) =>
      sluice.send(path + below, { method, headers: as(key) })
    expect((await visit('GET')).json).toEqual(json)
    expect((await visit('GET', '/input_items')).json.data).toMatchObject([{ content: 'Hello.' }])
    expect((await visit('GET', '', KEYS[1])).status).toBe(404)
    expect((await visit('DELETE')).json).toMatchObject({ id: json.id, deleted: true })
    expect((await visit('GET')).status).toBe(404)
  })
})

it('an id that the upstream may know is forwarded unchanged', async () => {
  const { sluice, upstream } = await startHouse()
  const body = JSON.stringify({ model: GPT, input: 'Go on.', previous_response_id: 'resp_theirs' })
  await sluice.send(RESPONSES, { body })
  expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(body)
})
