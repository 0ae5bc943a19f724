/** What a call needs, in the words of every client. */
import { describe, expect, it } from 'vitest'
import { ABILITIES } from '#model'
import { anthropicMessages, gemini, openaiChat, openaiResponses } from '#protocols'
import type { GatewayCall } from '#gateway'
import { readEnvelope } from '../../../src/gateway/request/envelope.ts'
import { readNeeds, toPossibleNeeds } from '../../../src/gateway/request/needs.ts'
import { needyAsks } from '../../tools/gateway/needy-asks.ts'

const PROTOCOLS = [openaiChat, openaiResponses, anthropicMessages, gemini]

const toCall = (name: string, body: object, stream = false): GatewayCall => {
  const protocol = PROTOCOLS.find((each) => each.name === name) ?? openaiChat
  const named = protocol === gemini ? { named: { model: 'both', stream } } : {}
  return {
    protocol,
    body: Buffer.from(JSON.stringify(body)),
    rawHeaders: [],
    ...named,
  } as unknown as GatewayCall
}

const possible = (call: GatewayCall) => toPossibleNeeds(call, readEnvelope(call, 100))

describe.each(needyAsks('both'))('$need in $protocol', ({ need, protocol, body }) => {
  const call = toCall(protocol, body, need === 'streaming')

  it('is found, and nothing else', () => {
    const needs = readNeeds(call)
    expect(ABILITIES.filter((ability) => needs.has(ability))).toEqual(
      need === 'context' ? [] : [need],
    )
    expect(needs.exceeds(1000) !== undefined).toBe(need === 'context')
  })

  it('is found by the search that comes before', () => {
    const needs = possible(call)
    if (need === 'context') expect(needs.exceeds(1000)).toBeGreaterThan(1000)
    else expect(needs.has(need)).toBe(true)
  })
})

/** Further spellings. */
const IMAGE = { type: 'base64', media_type: 'image/png', data: 'aGVsbG8=' }
const user = (...content: object[]) => [{ role: 'user', content }]
const RESULT = {
  type: 'tool_result',
  tool_use_id: 'a',
  content: [{ type: 'image', source: IMAGE }],
}
const USE = { type: 'tool_use', id: 'a', name: 'look', input: {} }

it.each([
  ['images', 'openai-chat', { messages: user({ type: 'image', source: IMAGE }) }],
  [
    'images',
    'anthropic-messages',
    {
      max_tokens: 9,
      messages: [...user(), { role: 'assistant', content: [USE] }, ...user(RESULT)].slice(1),
    },
  ],
  ['tools', 'openai-chat', { messages: user(), functions: [{ name: 'a', parameters: {} }] }],
  [
    'json_schema',
    'anthropic-messages',
    { max_tokens: 9, messages: user(), output_format: { type: 'json_schema', schema: {} } },
  ],
  ['reasoning', 'openai-chat', { messages: user(), reasoning: { effort: 'high' } }],
  [
    'reasoning',
    'anthropic-messages',
    { max_tokens: 9, messages: user(), output_config: { effort: 'low' } },
  ],
  [
    'json_schema',
    'gemini',
    {
      contents: [{ role: 'user', parts: [{ text: 'a' }] }],
      generation_config: {
        response_mime_type: 'application/json',
        response_schema: { type: 'STRING' },
      },
    },
  ],
] as const)('%s is found in another spelling of %s', (need, protocol, body) => {
  const call = toCall(protocol, { model: 'both', ...body })
  expect(readNeeds(call).has(need)).toBe(true)
  expect(possible(call).has(need)).toBe(true)
})

it.each([
  ['openai-chat', { messages: user(), tools: [], reasoning_effort: 'none' }],
  ['openai-chat', { messages: user(), response_format: { type: 'json_object' } }],
  [
    'openai-responses',
    { input: 'hello', tools: [{ type: 'web_search' }], text: { verbosity: 'low' } },
  ],
  ['anthropic-messages', { max_tokens: 9, messages: user(), thinking: { type: 'disabled' } }],
] as const)('nothing is needed of %s by %o', (protocol, body) => {
  const needs = readNeeds(toCall(protocol, { model: 'both', ...body }))
  expect(ABILITIES.filter((ability) => needs.has(ability))).toEqual([])
})

it('knows nothing of a body that is not valid', () => {
  const needs = readNeeds(toCall('openai-chat', { model: 'both', messages: 'hello', tools: [{}] }))
  expect(ABILITIES.filter((ability) => needs.has(ability))).toEqual([])
})
