/** The AI SDK with one of its providers, in everything its users do with it. */
import assert from 'node:assert/strict'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, Output, generateText, isStepCount, streamText, tool } from 'ai'
import { z } from 'zod'
import * as ask from './directives.ts'
import { PDF, PNG, add } from './samples.ts'
import { API_KEY, BASE_URL, GATEWAY, HEADERS, MODEL, UPSTREAM, scenario } from './scenario.mjs'

const { PROVIDER } = process.env

const place = { baseURL: BASE_URL, apiKey: API_KEY, headers: HEADERS }
const model = {
  openai: () => createOpenAI(place).chat(MODEL),
  'openai-responses': () => createOpenAI(place).responses(MODEL),
  anthropic: () => createAnthropic(place)(MODEL),
  'openai-compatible': () =>
    createOpenAICompatible({
      ...place,
      name: 'compatible',
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(MODEL),
}[PROVIDER]()

const tools = {
  add: tool({
    description: 'Adds.',
    inputSchema: z.object({ a: z.number(), b: z.number() }),
    execute: async (numbers) => add(numbers),
  }),
}
/** This provider says `max_tokens`, which OpenAI's reasoning models refuse. */
const limit =
  PROVIDER === 'openai-compatible' && UPSTREAM === 'chat' ? {} : { maxOutputTokens: 4096 }
const ROOM = { model, maxRetries: 0, ...limit }

/** The same request answered whole, or streamed and read to its end. */
const answerOf = async (request, stream) => {
  if (!stream) return generateText({ ...ROOM, ...request })
  const errors = []
  const result = streamText({ ...ROOM, ...request, onError: ({ error }) => errors.push(error) })
  await result.consumeStream({ onError: (error) => errors.push(error) })
  if (errors.length) throw errors[0]
  const [text, usage, finishReason, steps, output] = await Promise.all([
    result.text,
    result.usage,
    result.finishReason,
    result.steps,
    request.output && result.output,
  ])
  return { text, usage, finishReason, steps, output }
}

for (const stream of [false, true]) {
  const suffix = stream ? ', streamed' : ''

  await scenario(`text${suffix}`, async (tag) => {
    const prompt = `${tag} ${ask.say('grüße 🌊')}`
    const { text, usage, finishReason } = await answerOf({ prompt }, stream)
    assert.match(text, /grüße 🌊/)
    assert.equal(finishReason, 'stop')
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0)
    return { tag }
  })

  await scenario(`tool call${suffix}`, async (tag) => {
    const prompt = `${tag} ${ask.call('add', { a: 19, b: 23 })}`
    const { text, steps } = await answerOf({ prompt, tools, stopWhen: isStepCount(3) }, stream)
    assert.match(text, /sum 42/)
    assert.equal(steps.length, 2)
    return { tag, contains: ['sum 42'] }
  })

  await scenario(`parallel tool calls${suffix}`, async (tag) => {
    const calls = [ask.call('add', { a: 19, b: 23 }), ask.call('add', { a: 40, b: 3 })]
    const prompt = [tag, ...calls].join(' ')
    const { text, steps } = await answerOf({ prompt, tools, stopWhen: isStepCount(3) }, stream)
    assert.match(text, /sum 42[^]*sum 43/)
    assert.equal(steps[0].toolCalls.length, 2)
    return { tag, contains: ['sum 42', 'sum 43'] }
  })

  await scenario(`JSON schema${suffix}`, async (tag) => {
    const schema = z.object({ city: z.string(), population: z.number(), seaside: z.boolean() })
    const { output } = await answerOf({ prompt: tag, output: Output.object({ schema }) }, stream)
    schema.parse(output)
    return { tag, contains: ['seaside'] }
  })

  if (PROVIDER !== 'openai')
    await scenario(`reasoning, replayed beside a tool call${suffix}`, async (tag) => {
      const directives = [ask.reason('nineteen and more'), ask.call('add', { a: 19, b: 23 })]
      const prompt = [tag, ...directives].join(' ')
      const providerOptions = {
        anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } },
        compatible: { reasoningEffort: 'high' },
        // It knows the models that reason by their bare names.
        openai: { forceReasoning: true, reasoningEffort: 'high', reasoningSummary: 'auto' },
      }
      const request = { prompt, tools, providerOptions, stopWhen: isStepCount(3) }
      const { text, steps } = await answerOf(request, stream)
      assert.match(steps[0].reasoningText, /nineteen and more/)
      assert.match(text, /sum 42/)
      return { tag, contains: ['nineteen and more', 'sum 42'] }
    })
}

for (const [name, mediaType, data] of [
  ['image', 'image/png', PNG],
  ['PDF', 'application/pdf', PDF],
])
  await scenario(name, async (tag) => {
    const content = [
      { type: 'text', text: `${tag} ${ask.say('seen')}` },
      { type: 'file', mediaType, data, filename: 'page.pdf' },
    ]
    const { text } = await answerOf({ messages: [{ role: 'user', content }] }, true)
    assert.match(text, /seen/)
    return { tag, contains: [data] }
  })

await scenario('abort in mid-stream', async (tag) => {
  const controller = new AbortController()
  const request = { ...ROOM, prompt: `${tag} ${ask.drip()}`, abortSignal: controller.signal }
  const { fullStream } = streamText(request)
  let received = 0
  for await (const { type } of fullStream)
    if (type === 'text-delta' && ++received === 3) controller.abort()
  return { tag, abandoned: true }
})

for (const status of [400, 401, 403, 404, 413, 422, 429, 500, 503, 529])
  for (const stream of [false, true])
    await scenario(`error ${status}${stream ? ', streamed' : ''}`, async (tag) => {
      const message = `refused: 3 + 4 > ${status}`
      const error = await answerOf(
        { prompt: `${tag} ${ask.fail(Number(status), message)}` },
        stream,
      ).then(
        () => assert.fail('no error was raised'),
        (raised) => raised,
      )
      assert.ok(APICallError.isInstance(error), `raised ${error.constructor.name}`)
      assert.ok(error.statusCode === status || (status === 529 && error.statusCode === 503))
      assert.equal(error.message, message)
      assert.equal(error.isRetryable, status === 429 || status >= 500)
      return { tag }
    })

await scenario('error inside the stream', async (tag) => {
  const prompt = `${tag} ${ask.failInside('the model is overloaded')}`
  const error = await answerOf({ prompt }, true).then(
    () => assert.fail('no error was raised'),
    (raised) => raised,
  )
  assert.match(JSON.stringify(error) + String(error.message), /the model is overloaded/)
  return { tag }
})

const BROKEN = {
  'stream cut by the upstream': ask.cut(),
  'stream ended without its terminator': ask.endEarly(),
}

for (const [name, directive] of Object.entries(GATEWAY ? BROKEN : {}))
  await scenario(name, async (tag) => {
    await assert.rejects(answerOf({ prompt: `${tag} ${directive}` }, true))
    return { tag }
  })
