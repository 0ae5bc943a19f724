/** The OpenAI Agents SDK, on responses as it starts out or on chat completions. */
import assert from 'node:assert/strict'
import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  Runner,
  handoff,
  tool,
} from '@openai/agents'
import OpenAI, { BadRequestError } from 'openai'
import { z } from 'zod'
import * as ask from './directives.ts'
import { add } from './samples.ts'
import { API_KEY, BASE_URL, MODEL, scenario } from './scenario.mjs'

const client = new OpenAI({ baseURL: BASE_URL, apiKey: API_KEY, maxRetries: 0 })
const model =
  process.env.PROVIDER === 'openai'
    ? new OpenAIChatCompletionsModel(client, MODEL)
    : new OpenAIResponsesModel(client, MODEL)
const runner = new Runner({ tracingDisabled: true })

const adder = tool({
  name: 'add',
  description: 'Adds.',
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: async (numbers) => add(numbers),
})
const agent = new Agent({ name: 'adder', instructions: 'Be brief.', model, tools: [adder] })

const outcomeOf = async (who, prompt, stream, options) => {
  const result = await runner.run(who, prompt, { stream, ...options })
  if (stream) await result.completed
  return result
}

for (const stream of [true, false]) {
  const suffix = stream ? ', streamed' : ''

  await scenario(`tool call${suffix}`, async (tag) => {
    const prompt = `${tag} ${ask.call('add', { a: 19, b: 23 })}`
    const { finalOutput, rawResponses } = await outcomeOf(agent, prompt, stream)
    assert.match(finalOutput, /sum 42/)
    assert.equal(rawResponses.length, 2)
    assert.ok(rawResponses.every(({ usage }) => usage.inputTokens > 0 && usage.outputTokens > 0))
    return { tag, contains: ['Be brief.', 'sum 42'] }
  })

  await scenario(`parallel tool calls${suffix}`, async (tag) => {
    const calls = [ask.call('add', { a: 19, b: 23 }), ask.call('add', { a: 40, b: 3 })]
    const { finalOutput } = await outcomeOf(agent, [tag, ...calls].join(' '), stream)
    assert.match(finalOutput, /sum 42[^]*sum 43/)
    return { tag, contains: ['sum 42', 'sum 43'] }
  })

  await scenario(`reasoning, replayed beside a tool call${suffix}`, async (tag) => {
    const directives = [ask.reason('nineteen and more'), ask.call('add', { a: 19, b: 23 })]
    const { finalOutput } = await outcomeOf(agent, [tag, ...directives].join(' '), stream)
    assert.match(finalOutput, /sum 42/)
    return { tag, contains: ['sum 42'] }
  })

  await scenario(`error 400${suffix}`, async (tag) => {
    const message = 'refused: 3 + 4 > 400'
    const prompt = `${tag} ${ask.fail(400, message)}`
    await assert.rejects(outcomeOf(agent, prompt, stream), (error) => {
      assert.equal(error.constructor, BadRequestError)
      assert.equal(error.message, `400 ${message}`)
      return true
    })
    return { tag }
  })
}

await scenario('JSON schema', async (tag) => {
  const outputType = z.object({ city: z.string(), seaside: z.boolean() })
  const { finalOutput } = await outcomeOf(new Agent({ name: 'city', model, outputType }), tag)
  outputType.parse(finalOutput)
  return { tag, contains: ['seaside'] }
})

await scenario('a handoff to another agent', async (tag) => {
  const first = new Agent({ name: 'first', model, handoffs: [handoff(agent)] })
  const prompt = `${tag} ${ask.call('transfer_to_adder', {})}`
  const { lastAgent } = await outcomeOf(first, prompt)
  assert.equal(lastAgent.name, 'adder')
  return { tag, contains: ['transfer_to_adder'] }
})

await scenario('abort in mid-stream', async (tag) => {
  const controller = new AbortController()
  const options = { stream: true, signal: controller.signal }
  const result = await runner.run(agent, `${tag} ${ask.drip()}`, options)
  let received = 0
  for await (const text of result.toTextStream()) if (text && ++received === 3) controller.abort()
  assert.ok(received >= 3)
  return { tag, abandoned: true }
})
