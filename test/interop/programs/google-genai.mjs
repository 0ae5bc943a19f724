/** Google's Gen AI SDK, in everything its users do with it. */
import assert from 'node:assert/strict'
import { ApiError, GoogleGenAI } from '@google/genai'
import * as ask from './directives.ts'
import { ADD_SCHEMA, PDF, PNG, add } from './samples.ts'
import { API_KEY, BASE_URL, HEADERS, KEYED, MODEL, UPSTREAM, scenario } from './scenario.mjs'

const toClient = (apiKey) =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: BASE_URL, headers: HEADERS } })
const client = toClient(API_KEY)

const ADD = { name: 'add', description: 'Adds.', parametersJsonSchema: ADD_SCHEMA }
const user = (...parts) => ({
  role: 'user',
  parts: parts.map((part) => (typeof part === 'string' ? { text: part } : part)),
})

/** The same request answered whole, or streamed and put together. */
const answerOf = async (request, stream, models = client.models) => {
  if (!stream) return toAnswer([await models.generateContent({ model: MODEL, ...request })])
  const chunks = []
  for await (const chunk of await models.generateContentStream({ model: MODEL, ...request }))
    chunks.push(chunk)
  return toAnswer(chunks)
}

const toAnswer = (chunks) => {
  const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])
  return {
    parts,
    text: parts.map(({ text, thought }) => (thought ? '' : (text ?? ''))).join(''),
    thoughts: parts.map(({ text, thought }) => (thought ? (text ?? '') : '')).join(''),
    calls: parts.flatMap(({ functionCall }) => functionCall ?? []),
    finish: chunks.flatMap(({ candidates }) => candidates?.[0]?.finishReason ?? []),
    usage: chunks.findLast(({ usageMetadata }) => usageMetadata)?.usageMetadata,
  }
}

for (const stream of [true, false]) {
  const suffix = stream ? ', streamed' : ''

  for (const [name, ...directives] of [
    ['tool call', ask.call('add', { a: 19, b: 23 })],
    ['parallel tool calls', ask.call('add', { a: 19, b: 23 }), ask.call('add', { a: 40, b: 3 })],
    [
      'reasoning, replayed beside a tool call',
      ask.reason('nineteen and more'),
      ask.call('add', { a: 19, b: 23 }),
    ],
  ])
    await scenario(`${name}${suffix}`, async (tag) => {
      const contents = [user([tag, ...directives].join(' '))]
      const config = {
        tools: [{ functionDeclarations: [ADD] }],
        ...(name.startsWith('reasoning') && { thinkingConfig: { includeThoughts: true } }),
      }
      const first = await answerOf({ contents, config }, stream)
      assert.ok(first.calls.length > 0)
      assert.deepEqual(new Set(first.finish), new Set(['STOP']))
      contents.push({ role: 'model', parts: first.parts })
      const results = first.calls.map(({ id, name: called, args }) => ({
        functionResponse: { id, name: called, response: { output: add(args) } },
      }))
      contents.push(user(...results))
      const second = await answerOf({ contents, config }, stream)
      const sums = first.calls.map(({ args }) => add(args))
      for (const sum of sums) assert.ok(second.text.includes(sum), second.text)
      if (name.startsWith('parallel')) assert.deepEqual(sums, ['sum 42', 'sum 43'])
      if (name.startsWith('reasoning')) assert.match(first.thoughts, /nineteen and more/)
      return { tag, contains: sums }
    })

  await scenario(`text${suffix}`, async (tag) => {
    const contents = `${tag} ${ask.say('grüße 🌊')}`
    const config = { systemInstruction: 'Be brief.', maxOutputTokens: 4096 }
    const { text, usage, finish } = await answerOf({ contents, config }, stream)
    assert.match(text, /grüße 🌊/)
    assert.deepEqual(finish, ['STOP'])
    assert.ok(usage.promptTokenCount > 0 && usage.candidatesTokenCount > 0)
    return { tag, contains: ['Be brief.'] }
  })

  await scenario(`JSON schema${suffix}`, async (tag) => {
    const config = {
      responseMimeType: 'application/json',
      responseJsonSchema: {
        type: 'object',
        properties: { city: { type: 'string' }, seaside: { type: 'boolean' } },
        required: ['city', 'seaside'],
        additionalProperties: false,
      },
    }
    const { text } = await answerOf({ contents: tag, config }, stream)
    assert.equal(typeof JSON.parse(text).seaside, 'boolean')
    return { tag, contains: ['seaside'] }
  })
}

await scenario('image and PDF', async (tag) => {
  const contents = [
    user(
      `${tag} ${ask.say('seen')}`,
      { inlineData: { mimeType: 'image/png', data: PNG } },
      { inlineData: { mimeType: 'application/pdf', data: PDF } },
    ),
  ]
  assert.match((await answerOf({ contents }, true)).text, /seen/)
  return { tag, contains: [PNG, PDF] }
})

await scenario('output cut at the limit', async (tag) => {
  const contents = `${tag} ${ask.say('one two three')} ${ask.stopAtLimit()}`
  assert.deepEqual((await answerOf({ contents }, true)).finish, ['MAX_TOKENS'])
  return { tag }
})

await scenario('tokens counted', async () => {
  const { totalTokens } = await client.models.countTokens({ model: MODEL, contents: 'one two' })
  assert.ok(totalTokens > 0)
})

await scenario('models, listed', async () => {
  const found = []
  for await (const { name } of await client.models.list()) found.push(name)
  assert.ok(found.length > 0)
  assert.ok(found.every((name) => name.startsWith('models/')))
})

for (const stream of [true, false])
  await scenario(stream ? 'abort in mid-stream' : 'abort before the answer', async (tag) => {
    const controller = new AbortController()
    const contents = `${tag} ${stream ? ask.drip() : ask.wait(20_000)}`
    const request = { model: MODEL, contents, config: { abortSignal: controller.signal } }
    await assert.rejects(async () => {
      if (!stream) {
        setTimeout(() => controller.abort(), 500)
        await client.models.generateContent(request)
      }
      let received = 0
      for await (const { text } of await client.models.generateContentStream(request))
        if (text && ++received === 3) controller.abort()
    }, /abort/i)
    return { tag, abandoned: true }
  })

for (const status of [400, 403, 404, 429, 500, 503])
  for (const stream of [true, false])
    await scenario(`error ${status}${stream ? ', streamed' : ''}`, async (tag) => {
      const message = `refused: 3 + 4 > ${status}`
      const contents = `${tag} ${ask.fail(status, message)}`
      await assert.rejects(answerOf({ contents }, stream), (error) => {
        assert.ok(error instanceof ApiError, `raised ${error.constructor.name}`)
        assert.equal(error.status, status)
        assert.ok(error.message.includes(message), error.message)
        return true
      })
      return { tag }
    })

if (KEYED)
  await scenario('a key that is not known', async () => {
    const { models } = toClient('unknown')
    await assert.rejects(answerOf({ contents: 'hello' }, true, models), ApiError)
  })

if (UPSTREAM === 'gemini')
  await scenario('thought signatures, replayed', async (tag) => {
    const directives = [ask.reason('nineteen and more'), ask.call('add', { a: 19, b: 23 })]
    const contents = [user([tag, ...directives].join(' '))]
    const config = { tools: [{ functionDeclarations: [ADD] }] }
    const { parts, calls } = await answerOf({ contents, config }, true)
    assert.ok(parts.some(({ thoughtSignature }) => thoughtSignature))
    contents.push({ role: 'model', parts })
    const [{ id, name }] = calls
    contents.push(user({ functionResponse: { id, name, response: { output: 'sum 42' } } }))
    assert.match((await answerOf({ contents, config }, true)).text, /sum 42/)
    return { tag, contains: ['"thoughtSignature"', 'sum 42'] }
  })
