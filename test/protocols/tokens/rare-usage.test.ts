/** Kinds of tokens that few answers have, in every protocol that reports them: relayed and translated, complete or not. */
import { describe, expect, it } from 'vitest'
import { foldMessage, type JsonObject, type Usage } from '#model'
import {
  anthropicMessages,
  gemini,
  NOTHING_TO_UNDO,
  openaiChat,
  openaiResponses,
  type Protocol,
} from '#protocols'
import { codecOf, decodeStream, DONE, toFrames } from '../../tools/protocols/byte-codec.ts'
import { piece } from '../../tools/protocols/gemini/codec.ts'
import { chunk } from '../../tools/protocols/openai-chat/codec.ts'

interface Reported {
  readonly protocol: Protocol
  readonly whole: JsonObject
  readonly events: readonly unknown[]
  readonly usage: Partial<Usage>
}

const messagesUsage = {
  input_tokens: 2048,
  cache_read_input_tokens: 1800,
  cache_creation_input_tokens: 248,
  cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
  output_tokens: 503,
  service_tier: 'batch',
}
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [{ type: 'text', text: 'yes' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
}
const chatUsage = {
  prompt_tokens: 120,
  completion_tokens: 60,
  total_tokens: 180,
  prompt_tokens_details: { cached_tokens: 20, audio_tokens: 80, image_tokens: 5 },
  completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 40, image_tokens: 7 },
}
const responsesUsage = {
  input_tokens: 120,
  input_tokens_details: { cached_tokens: 20, audio_tokens: 80, image_tokens: 5 },
  output_tokens: 60,
  output_tokens_details: { reasoning_tokens: 3, audio_tokens: 40, image_tokens: 7 },
  total_tokens: 180,
}
const response = {
  id: 'resp_1',
  object: 'response',
  model: 'gpt',
  status: 'completed',
  service_tier: 'priority',
  output: [],
  usage: responsesUsage,
}
const geminiUsage = {
  promptTokenCount: 120,
  cachedContentTokenCount: 20,
  candidatesTokenCount: 57,
  thoughtsTokenCount: 3,
  totalTokenCount: 180,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 35 },
    { modality: 'AUDIO', tokenCount: 80 },
    { modality: 'IMAGE', tokenCount: 5 },
  ],
  cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 20 }],
  candidatesTokensDetails: [
    { modality: 'AUDIO', tokenCount: 40 },
    { modality: 'IMAGE', tokenCount: 7 },
  ],
  serviceTier: 'PRIORITY',
}

const media = {
  inputTokens: 120,
  cacheReadTokens: 20,
  audioInputTokens: 80,
  imageInputTokens: 5,
  outputTokens: 60,
  reasoningTokens: 3,
  audioOutputTokens: 40,
  imageOutputTokens: 7,
}

const REPORTED: readonly (readonly [string, Reported])[] = [
  [
    'Messages',
    {
      protocol: anthropicMessages,
      whole: { ...message, usage: messagesUsage },
      events: [
        {
          type: 'message_start',
          message: {
            ...message,
            content: [],
            stop_reason: null,
            usage: { ...messagesUsage, output_tokens: 1 },
          },
        },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'yes' } },
        { type: 'content_block_stop', index: 0 },
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn', stop_sequence: null },
          usage: { output_tokens: 503 },
        },
        { type: 'message_stop' },
      ],
      usage: {
        inputTokens: 4096,
        cacheReadTokens: 1800,
        cacheWriteTokens: 248,
        cacheWrite1hTokens: 100,
        outputTokens: 503,
        serviceTier: 'batch',
      },
    },
  ],
  [
    'Chat',
    {
      protocol: openaiChat,
      whole: {
        id: 'chatcmpl-1',
        model: 'gpt',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' },
        ],
        service_tier: 'flex',
        usage: chatUsage,
      },
      events: [
        chunk({ content: 'yes' }, 'stop'),
        { ...chunk({}, null), choices: [], service_tier: 'flex', usage: chatUsage },
        DONE,
      ],
      usage: { ...media, serviceTier: 'flex' },
    },
  ],
  [
    'Responses',
    {
      protocol: openaiResponses,
      whole: response,
      events: [
        {
          type: 'response.created',
          response: { ...response, status: 'in_progress', usage: null, service_tier: 'auto' },
        },
        { type: 'response.completed', response },
      ],
      usage: { ...media, serviceTier: 'priority' },
    },
  ],
  [
    'Gemini',
    {
      protocol: gemini,
      whole: piece([{ text: 'yes' }], 'STOP', { usageMetadata: geminiUsage }),
      events: [piece([{ text: 'yes' }], 'STOP', { usageMetadata: geminiUsage })],
      usage: { ...media, audioCacheReadTokens: 20, serviceTier: 'priority' },
    },
  ],
]

describe.each(REPORTED)('the usage of %s', (_, { protocol, whole, events, usage }) => {
  const codec = codecOf(protocol)

  it('is read completely from an answer that is relayed', () => {
    expect(protocol.decodeUsage(whole)).toMatchObject(usage)
  })

  it('is read completely from a stream that is relayed', () => {
    const tap = protocol.createTap()
    tap.push(toFrames(...events).toString('latin1'))
    expect(tap.usage).toMatchObject(usage)
  })

  it('is read completely from an answer that is translated', () => {
    expect(foldMessage(codec.decodeMessage(whole, NOTHING_TO_UNDO)).usage).toMatchObject(usage)
  })

  it('is read completely from a stream that is translated', () => {
    expect(foldMessage(decodeStream(codec, [toFrames(...events)])).usage).toMatchObject(usage)
  })
})

it('the usual tier and counts of zero are not mentioned', () => {
  for (const service_tier of ['auto', 'default', 'on_demand', 'standard', '', null, 7])
    expect(
      openaiChat.decodeUsage({
        service_tier,
        usage: {
          prompt_tokens: 1,
          completion_tokens: 1,
          prompt_tokens_details: { audio_tokens: 0 },
        },
      }),
    ).toEqual({
      inputTokens: 1,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 1,
      reasoningTokens: 0,
    })
})

it('fast answers of Anthropic count as a tier, and a tier of many characters is cut', () => {
  expect(
    anthropicMessages.decodeUsage({ usage: { ...messagesUsage, speed: 'fast' } }),
  ).toMatchObject({ serviceTier: 'fast' })
  const named = { usage: { ...messagesUsage, service_tier: `A "b" ${'c'.repeat(99)}` } }
  expect(anthropicMessages.decodeUsage(named)?.serviceTier).toMatch(/^abc{30,36}$/)
})
