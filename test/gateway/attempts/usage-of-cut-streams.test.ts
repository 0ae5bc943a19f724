/** However a stream ends early, the usage that the upstream has reported counts; the rest is estimated. */
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { ProviderOptions } from '#app'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { sluiceForTest } from '../../tools/app/house.ts'
import { openRawClient, type RawClient, toRequest } from '../../tools/app/raw-client.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import { plainUpstream } from '../../tools/gateway/plain-upstream.ts'

const WORDS = 'one two three four five six seven eight nine ten'.split(/(?= )/)
const ESTIMATE = Math.ceil(WORDS.join('').length / 4)

const GEMINI = 'gemini-2.5-flash'

type Ask = readonly [path: string, body: object]

interface Upstream {
  readonly toProvider: (url: string) => ProviderOptions
  /** The client's request for each lane. */
  readonly relayed: Ask
  readonly translated: Ask
  readonly events: readonly object[]
  readonly error: object
  /** What the call's line says. */
  readonly spent: object
}

const stream = { stream: true }
const error = { type: 'server_error', code: 'server_error', message: 'Broken, sorry' }

const UPSTREAMS: Readonly<Record<string, Upstream>> = {
  'of Chat that tells all in every chunk': {
    toProvider: (url) => ({ ...openaiAt(url), protocols: ['openai-chat'] }),
    relayed: [CHAT, chatBody('hello', stream)],
    translated: [MESSAGES, messagesBody('hello', { ...stream, model: GPT })],
    events: WORDS.map((content, index) => ({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: GPT,
      choices: [{ index: 0, delta: { content }, finish_reason: null }],
      usage: {
        prompt_tokens: 777,
        completion_tokens: 100 + index,
        total_tokens: 877 + index,
        prompt_tokens_details: { cached_tokens: 700 },
      },
    })),
    error: { error },
    spent: { tokensIn: 777, tokensCached: 700, tokensOut: 99 + WORDS.length, estimated: false },
  },
  'of Messages that tells the input where it begins': {
    toProvider: anthropicAt,
    relayed: [MESSAGES, messagesBody('hello', stream)],
    translated: [CHAT, chatBody('hello', { ...stream, model: CLAUDE })],
    events: [
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: CLAUDE,
          content: [],
          usage: { input_tokens: 77, cache_read_input_tokens: 700, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...WORDS.map((text) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text },
      })),
    ],
    error: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded, sorry' } },
    spent: { tokensIn: 777, tokensCached: 700, tokensOut: ESTIMATE, estimated: true },
  },
  'of Responses that tells the input while it runs': {
    toProvider: (url) => ({ ...openaiAt(url), protocols: ['openai-responses'] }),
    relayed: [RESPONSES, responsesBody('hello', stream)],
    translated: [CHAT, chatBody('hello', stream)],
    events: [
      { type: 'response.created', response: { id: 'resp_1', model: GPT, usage: null } },
      {
        type: 'response.in_progress',
        response: {
          id: 'resp_1',
          model: GPT,
          usage: { input_tokens: 777, input_tokens_details: { cached_tokens: 700 } },
        },
      },
      ...WORDS.map((delta) => ({
        type: 'response.output_text.delta',
        output_index: 0,
        content_index: 0,
        item_id: 'msg_1',
        delta,
      })),
    ].map((event, sequence_number) => ({ ...event, sequence_number })),
    error: { type: 'response.failed', response: { id: 'resp_1', status: 'failed', error } },
    spent: { tokensIn: 777, tokensCached: 700, tokensOut: ESTIMATE, estimated: true },
  },
  'of Gemini that tells all in every piece': {
    toProvider: geminiAt,
    relayed: [
      `/v1beta/models/${GEMINI}:streamGenerateContent?alt=sse`,
      { contents: [{ parts: [{ text: 'hello' }] }] },
    ],
    translated: [CHAT, chatBody('hello', { ...stream, model: GEMINI })],
    events: WORDS.map((text, index) => ({
      candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
      usageMetadata: {
        promptTokenCount: 777,
        cachedContentTokenCount: 700,
        candidatesTokenCount: 100 + index,
        totalTokenCount: 877 + index,
      },
      modelVersion: GEMINI,
      responseId: 'resp_1',
    })),
    error: { error: { code: 503, status: 'UNAVAILABLE', message: 'Overloaded, sorry' } },
    spent: { tokensIn: 777, tokensCached: 700, tokensOut: 99 + WORDS.length, estimated: false },
  },
}

const toFrame = (event: object): string => {
  const name = 'type' in event ? `event: ${String(event.type)}\n` : ''
  return `${name}data: ${JSON.stringify(event)}\n\n`
}

interface Scene {
  readonly upstream: ServerResponse
  readonly client: RawClient
  readonly failure: object
}

interface Ending {
  readonly end: (scene: Scene) => void
  readonly outcome: RegExp
  readonly idleMs?: number
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  'whose connection is reset': {
    end: ({ upstream }) => upstream.socket?.resetAndDestroy(),
    outcome: /^upstream_broken$/,
  },
  'that ends too early': {
    end: ({ upstream }) => upstream.end(),
    outcome: /^upstream_broken$/,
  },
  'that ends with an error': {
    end: ({ upstream, failure }) => upstream.end(toFrame(failure)),
    outcome: /^upstream_(?:failed|overloaded)$/,
  },
  'that becomes unreadable': {
    end: ({ upstream }) => upstream.end('data: {"this is not": JSON\n\n'),
    outcome: /^upstream_(?:broken|invalid)$/,
  },
  'that falls silent': {
    end: () => undefined,
    outcome: /^upstream_timeout$/,
    idleMs: 200,
  },
  'whose client leaves': {
    end: ({ client }) => client.socket.destroy(),
    outcome: /^client_left$/,
  },
}

describe.each(Object.entries(UPSTREAMS))('a stream %s', (_name, told) => {
  describe.each(['relayed', 'translated'] as const)('and is %s,', (lane) => {
    it.each(Object.entries(ENDINGS))('%s', async (_ending, { end, outcome, idleMs }) => {
      let upstream: ServerResponse | undefined
      const { url } = await plainUpstream((_call, response) => {
        upstream = response
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(told.events.map(toFrame).join(''))
      })
      const sluice = await sluiceForTest({
        providers: [{ ...told.toProvider(url), ...(idleMs ? { deadlines: { idleMs } } : {}) }],
      })
      const client = await openRawClient(sluice.url)
      client.write(toRequest(...told[lane]))
      await within(PATIENCE_MS, 'the last word', client.until(WORDS.at(-1) ?? ''))
      if (upstream) end({ upstream, client, failure: told.error })
      const line = await within(PATIENCE_MS, 'the line of the call', sluice.logged(isCall))
      client.socket.destroy()
      expect(line).toMatchObject({ ...told.spent, attempts: 1 })
      expect(line.outcome).toMatch(outcome)
    })
  })
})
