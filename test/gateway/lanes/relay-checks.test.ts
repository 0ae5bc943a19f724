/** What the relay lane looks at in a body, and what it leaves to the upstream. */
import { describe, expect, it } from 'vitest'
import { CHAT, CLAUDE, GPT, MESSAGES, RESPONSES } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { checkChatError, checkMessagesError } from '../../tools/checkers/index.ts'

const ROUTES = [
  [CHAT, GPT],
  [RESPONSES, GPT],
  [MESSAGES, CLAUDE],
] as const

const refused = async (path: string, body: string) => {
  const { sluice, upstream } = await startHouse()
  const { status, json } = await sluice.send(path, { body })
  expect(status).toBe(400)
  expect(path === MESSAGES ? checkMessagesError(json) : checkChatError(json)).toEqual([])
  expect(upstream.calls).toEqual([])
  return (json.error as { message: string; param?: string }) ?? {}
}

describe.each(ROUTES)('%s', (path, model) => {
  it.each([
    ['model', `{"model":"${model}","stream":false,"model":"other"}`],
    ['model', `{"model":"${model}","stream":false,"model":"${model}"}`],
    ['model', `{"model":"${model}","m\\u006fdel":"other"}`],
    ['model', `{"\\u006dodel":"other","x":{},"model":"${model}"}`],
    ['stream', `{"model":"${model}","stream":true,"stream":false}`],
    ['stream', `{"model":"${model}","stream":true,"str\\u0065am":false}`],
    ['stream', `{"stream":null,"model":"${model}","stream":null}`],
  ])('refuses a second %s: %s', async (field, body) => {
    const { message } = await refused(path, body)
    expect(message).toContain(`'${field}'`)
  })

  it.each([
    ['model', '{"messages":[]}'],
    ['model', '{"model":null}'],
    ['model', '{"model":""}'],
    ['model', '{"model":7}'],
    ['model', '{"model":["gpt-4o"]}'],
    ['model', '{"model":{"model":"gpt-4o"}}'],
    ['stream', `{"model":"${model}","stream":"true"}`],
    ['stream', `{"model":"${model}","stream":1}`],
    ['stream', `{"model":"${model}","stream":{}}`],
  ])('refuses a wrong %s and names it: %s', async (field, body) => {
    const { message, param } = await refused(path, body)
    expect(message).toContain(`'${field}'`)
    if (path !== MESSAGES) expect(param).toBe(field)
  })

  it.each(['', ' ', '[]', '"x"', 'null', '{', '{"model"}', `{"model":"${model}"} {}`])(
    'refuses a body that is not a JSON object: %j',
    async (body) => {
      await refused(path, body)
    },
  )

  it.each([
    [
      'two of another key, or of these inside others',
      `{"model":"${model}","x":1,"x":2,"y":{"model":1,"model":2,"stream":3,"stream":4}}`,
    ],
    ['wrong types elsewhere', `{"model":"${model}","messages":7,"max_tokens":"many"}`],
    ['nothing but the model', `{"model":"${model}"}`],
  ])('leaves to the upstream: %s', async (_, body) => {
    const { sluice, upstream } = await startHouse()
    const { status, json, headers } = await sluice.send(path, { body })
    expect(callsOf(upstream)).toHaveLength(1)
    const [call] = callsOf(upstream)
    expect(call?.refused).toBeDefined()
    expect(status).toBe(400)
    expect(JSON.stringify(json)).toContain(JSON.stringify(call?.refused).slice(1, -1))
    expect(headers['x-sluice-attempts']).toBe('1')
  })
})
