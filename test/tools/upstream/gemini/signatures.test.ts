/** Calls that are replayed to the scripted upstream with their signatures, or without. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  answers,
  askGemini,
  call,
  declare,
  errorOf,
  model,
  type Object_,
  response,
  talk,
  user,
  weather,
} from './ask-gemini.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

describe('a call of the third generation that is replayed', () => {
  const NAME = 'gemini-3-pro-preview'
  const tools = declare(weather, { name: 'clock' })

  const begin = async (...names: string[]) => {
    upstream.next({
      parts: names.map((name) => ({ toolCall: { name, arguments: '{"b":1,"a":2}' } })),
    })
    const { json } = await askGemini(upstream, tools, NAME)
    const [candidate] = json.candidates as { content: { parts: Object_[] } }[]
    return candidate?.content.parts ?? []
  }
  const goOn = (parts: Object_[], ...after: object[]) => {
    const results = parts.flatMap(({ functionCall: some }) => {
      const { id, name } = some as Object_
      return [response(name, id === undefined ? {} : { id })]
    })
    return askGemini(
      upstream,
      { ...tools, ...talk(model(...parts), answers(...results), ...after) },
      NAME,
    )
  }

  it('is accepted as it was', async () => {
    const parts = await begin('weather', 'clock')
    expect(parts.map(({ thoughtSignature }) => thoughtSignature !== undefined)).toEqual([
      true,
      false,
    ])
    expect((await goOn(parts)).status).toBe(200)
  })

  it('is accepted with its arguments in another order', async () => {
    const [{ functionCall, ...rest } = {}] = await begin('weather')
    const { args: _, ...named } = functionCall as Object_
    expect(
      (await goOn([{ functionCall: { ...named, args: { a: 2, b: 1 } }, ...rest }])).status,
    ).toBe(200)
  })

  it('is refused without its signature', async () => {
    const [{ thoughtSignature: _, ...first } = {}, ...others] = await begin('weather', 'clock')
    const answer = await goOn([first, ...others])
    expect(answer.status).toBe(400)
    expect(errorOf(answer).message).toContain(
      'Function call is missing a thought_signature in functionCall parts.',
    )
    expect(errorOf(answer).message).toContain('function call `default_api:weather` , position 2')
  })

  it('is refused with an altered signature, or with that of another call', async () => {
    const [first = {}] = await begin('weather')
    const signature = String(first.thoughtSignature)
    const altered = `${signature.slice(0, 10)}${signature[10] === 'A' ? 'B' : 'A'}${signature.slice(11)}`
    const answer = await goOn([{ ...first, thoughtSignature: altered }])
    expect(answer.status).toBe(400)
    expect(errorOf(answer).message).toBe('Corrupted thought signature.')
    const other = await goOn([
      { functionCall: { name: 'clock', args: {} }, thoughtSignature: signature },
    ])
    expect(errorOf(other).message).toBe('Corrupted thought signature.')
  })

  it('is accepted with the signature that Google documents for calls of others', async () => {
    const made = { ...call(), thoughtSignature: 'skip_thought_signature_validator' }
    expect((await goOn([made])).status).toBe(200)
  })

  it('needs no signature after the user’s next message', async () => {
    const [{ thoughtSignature: _, ...first } = {}] = await begin('weather')
    expect((await goOn([first], model({ text: 'Sunny.' }), user)).status).toBe(200)
  })

  it('needs none before the third generation', async () => {
    const replay = talk(model(call()), answers(response()))
    expect((await askGemini(upstream, { ...tools, ...replay })).status).toBe(200)
  })
})
