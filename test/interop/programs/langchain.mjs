/** LangChain's chat models, in what agents built on them do. */
import assert from 'node:assert/strict'
import { ChatAnthropic } from '@langchain/anthropic'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import * as ask from './directives.ts'
import { PNG, add } from './samples.ts'
import { API_KEY, BASE_URL, MODEL, scenario } from './scenario.mjs'

const { PROVIDER } = process.env

const common = { model: MODEL, apiKey: API_KEY, maxRetries: 0 }
const toOpenai = (useResponsesApi) =>
  new ChatOpenAI({ ...common, useResponsesApi, configuration: { baseURL: BASE_URL } })

const model = {
  openai: () => toOpenai(false),
  'openai-responses': () => toOpenai(true),
  anthropic: () =>
    // It adds the /v1 itself.
    new ChatAnthropic({ ...common, maxTokens: 4096, anthropicApiUrl: new URL(BASE_URL).origin }),
}[PROVIDER]()

const adder = tool(async (numbers) => add(numbers), {
  name: 'add',
  description: 'Adds.',
  schema: z.object({ a: z.number(), b: z.number() }),
})

/** The same request answered whole, or streamed and put together. */
const answerOf = async (runnable, messages, stream, options) => {
  if (!stream) return runnable.invoke(messages, options)
  let answer
  for await (const chunk of await runnable.stream(messages, options))
    answer = answer ? answer.concat(chunk) : chunk
  return answer
}

for (const stream of [true, false]) {
  const suffix = stream ? ', streamed' : ''

  for (const [name, numbers] of [
    ['tool call', [[19, 23]]],
    [
      'parallel tool calls',
      [
        [19, 23],
        [40, 3],
      ],
    ],
  ])
    await scenario(`${name}${suffix}`, async (tag) => {
      const able = model.bindTools([adder])
      const directives = numbers.map(([a, b]) => ask.call('add', { a, b }))
      const messages = [new HumanMessage([tag, ...directives].join(' '))]
      const first = await answerOf(able, messages, stream)
      assert.equal(first.tool_calls.length, numbers.length)
      messages.push(first)
      for (const call of first.tool_calls) {
        const result = await adder.invoke(call)
        assert.ok(result instanceof ToolMessage)
        messages.push(result)
      }
      const { text } = await answerOf(able, messages, stream)
      const sums = numbers.map(([a, b]) => `sum ${a + b}`)
      for (const sum of sums) assert.ok(text.includes(sum), text)
      return { tag, contains: sums }
    })

  await scenario(`text${suffix}`, async (tag) => {
    const messages = [
      ['system', 'Be brief.'],
      ['human', `${tag} ${ask.say('grüße 🌊')}`],
    ]
    const { text, usage_metadata: usage } = await answerOf(model, messages, stream)
    assert.match(text, /grüße 🌊/)
    assert.ok(usage.input_tokens > 0 && usage.output_tokens > 0)
    return { tag, contains: ['Be brief.'] }
  })

  await scenario(`error 400${suffix}`, async (tag) => {
    const message = 'refused: 3 + 4 > 400'
    const messages = [new HumanMessage(`${tag} ${ask.fail(400, message)}`)]
    await assert.rejects(answerOf(model, messages, stream), (error) => {
      assert.equal(error.status, 400)
      assert.ok(error.message.includes(message), error.message)
      return true
    })
    return { tag }
  })
}

await scenario('JSON schema', async (tag) => {
  const schema = z.object({ city: z.string(), population: z.number(), seaside: z.boolean() })
  const structured = model.withStructuredOutput(schema, { name: 'city', method: 'jsonSchema' })
  schema.parse(await structured.invoke(tag))
  return { tag, contains: ['seaside'] }
})

await scenario('image', async (tag) => {
  const content = [
    { type: 'text', text: `${tag} ${ask.say('seen')}` },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
  ]
  const { text } = await model.invoke([new HumanMessage({ content })])
  assert.match(text, /seen/)
  return { tag, contains: [PNG] }
})

await scenario('abort in mid-stream', async (tag) => {
  const controller = new AbortController()
  const messages = [new HumanMessage(`${tag} ${ask.drip()}`)]
  const stream = await model.stream(messages, { signal: controller.signal })
  let received = 0
  await assert.rejects(async () => {
    for await (const { text } of stream) if (text && ++received === 3) controller.abort()
  }, /abort/i)
  return { tag, abandoned: true }
})
