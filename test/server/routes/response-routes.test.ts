/** The routes of responses that were given before: which there are, and what each of them refuses. */
import { describe, expect, it } from 'vitest'
import { CLAUDE, RESPONSES } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'

describe.each([
  ['POST', '/resp_1', 405, 'GET or DELETE'],
  ['PUT', '/resp_1', 405, 'GET or DELETE'],
  ['DELETE', '/resp_1/input_items', 405, 'GET'],
  ['GET', '/resp_1/cancel', 405, 'POST'],
  ['GET', '/compact', 405, 'POST'],
  ['DELETE', '/compact', 405, 'POST'],
  ['GET', '/input_tokens', 405, 'POST'],
  ['GET', '/resp_1/else', 404, 'no route'],
  ['GET', '/resp_1/cancel/', 404, 'no route'],
  ['GET', '/resp_1/constructor', 404, 'no route'],
  ['GET', '/..%2f..%2fmodels', 404, 'no route'],
  ['GET', '/.resp', 404, 'no route'],
  ['GET', `/${'x'.repeat(300)}`, 404, 'no route'],
  ['GET', '/resp_1', 404, 'not known here'],
  ['GET', '/resp_1?stream=true', 404, 'not known here'],
  ['GET', '/6c9d9f2e-0000-4000-8000-000000000000', 404, 'not known here'],
  ['DELETE', '/resp_1', 404, 'not known here'],
  ['GET', '/resp_1/input_items', 404, 'not known here'],
  ['POST', '/resp_1/cancel', 404, 'not known here'],
])('%s /v1/responses%s', (method, below, status, words) => {
  it(`is a ${status} in the vendor's format, and no upstream is asked`, async () => {
    const { sluice, upstream } = await startHouse()
    const refused = await sluice.send(RESPONSES + below, { method })
    expect(refused.status).toBe(status)
    expect(refused.json.error).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringContaining(words),
    })
    expect(upstream.calls).toEqual([])
  })
})

it('no response can be retrieved without a key', async () => {
  const { sluice } = await startHouse({ keys: ['key'] })
  const headers = { authorization: 'Bearer key' }
  const { json } = await sluice.send(RESPONSES, { body: { model: CLAUDE, input: 'Hi.' }, headers })
  const path = `${RESPONSES}/${String(json.id)}`
  expect((await sluice.send(path)).status).toBe(401)
  expect((await sluice.send(path, { method: 'DELETE' })).status).toBe(401)
  expect((await sluice.send(`${RESPONSES}/compact`, { body: {} })).status).toBe(401)
  expect((await sluice.send(path, { headers })).status).toBe(200)
})

it.each(['{', '[]', '"text"', ''])(
  'a body to compact must be an object, and is %j',
  async (body) => {
    const { sluice } = await startHouse()
    const refused = await sluice.send(`${RESPONSES}/compact`, { body })
    expect(refused.status).toBe(400)
    expect(refused.json.error).toMatchObject({ type: 'invalid_request_error' })
  },
)

it('a page of another origin may delete if it may call', async () => {
  const { sluice } = await startHouse({ corsOrigins: ['https://app.example'] })
  const { headers } = await sluice.send(`${RESPONSES}/resp_1`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'DELETE' },
  })
  expect(headers['access-control-allow-methods']).toContain('DELETE')
})
