/** Streams as vendors and servers in the field write them, and what a client of another protocol gets of each. */
import { describe, expect, it } from 'vitest'
import type { ProviderOptions } from '#app'
import {
  CHAT,
  chatBody,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../../tools/app/asks.ts'
import { sluiceForTest, startHouse, upstreamForTest } from '../../../tools/app/house.ts'
import { geminiAt, openaiAt } from '../../../tools/app/start-sluice.ts'
import type { Fault } from '../../../tools/upstream/answers/answer.ts'
import { checkMessagesStream } from '../../../tools/checkers/index.ts'

type Json = Record<string, unknown>

const sse = (...events: readonly Json[]) =>
  Buffer.from(
    events
      .map((event) => {
        const name = typeof event.type === 'string' ? `event: ${event.type}\n` : ''
        return `${name}data: ${JSON.stringify(event)}\n\n`
      })
      .join(''),
  )

const dataOf = (text: string): Json[] =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Json)

const RESPONSES_ONLY = { openai: { protocols: ['openai-responses'] } } satisfies {
  openai: Partial<ProviderOptions>
}

describe('a Responses stream whose items are numbered otherwise', () => {
  const call = (nth: number, city: string) => ({
    type: 'function_call',
    id: `fc_${nth}`,
    call_id: `call_${nth}`,
    name: 'weather',
    arguments: JSON.stringify({ city }),
    status: 'completed',
  })

  /** With what the server leaves out, or changes. */
  const tell = (calls: readonly ReturnType<typeof call>[], change: (event: Json) => Json) =>
    sse(
      ...[
        { type: 'response.created', response: { id: 'resp_1', model: 'm', output: [] } },
        ...calls.flatMap((item, output_index) => [
          { type: 'response.output_item.added', output_index, item: { ...item, arguments: '' } },
          {
            type: 'response.function_call_arguments.delta',
            output_index,
            item_id: item.id,
            delta: item.arguments,
          },
          { type: 'response.output_item.done', output_index, item },
        ]),
        {
          type: 'response.completed',
          response: {
            id: 'resp_1',
            model: 'm',
            status: 'completed',
            output: calls,
            usage: { input_tokens: 9, output_tokens: 4, total_tokens: 13 },
          },
        },
      ].map(change),
    )

  const withoutId = (item: unknown) => ({ ...(item as Json), id: undefined })

  it.each<[string, (event: Json) => Json]>([
    ['all as 0', (event) => ({ ...event, output_index: 0 })],
    ['not at all', (event) => ({ ...event, output_index: undefined })],
    [
      'not at all, and named by their calls alone',
      ({ item, item_id, ...event }) => ({
        ...event,
        output_index: undefined,
        ...(item ? { item: withoutId(item) } : {}),
        ...(item_id ? { item_id: String(item_id).replace('fc', 'call') } : {}),
      }),
    ],
    [
      'from 1, but from 0 at the end',
      (event) =>
        'output_index' in event
          ? { ...event, output_index: Number(event.output_index) + 1 }
          : event,
    ],
  ])('(%s) has each call once, with its own arguments', async (_, change) => {
    const { sluice, upstream } = await startHouse(RESPONSES_ONLY)
    upstream.next({
      fault: { rawBytes: [tell([call(1, 'Oslo'), call(2, 'Bergen')], change)] },
    })
    const body = messagesBody('x', { model: GPT, stream: true })
    const { text, bytes } = await sluice.send(MESSAGES, { body })
    expect(checkMessagesStream(bytes)).toEqual([])
    const events = dataOf(text)
    const inputs = events.flatMap(({ delta }) => (delta as Json)?.partial_json ?? [])
    const starts = events.flatMap(({ content_block }) => (content_block as Json)?.id ?? [])
    expect(starts).toEqual(['call_1', 'call_2'])
    expect(inputs.join('')).toBe('{"city":"Oslo"}{"city":"Bergen"}')
    expect(text).toContain('"stop_reason":"tool_use"')
  })
})

const CHAT_ONLY = { openai: { protocols: ['openai-chat'] } } satisfies {
  openai: Partial<ProviderOptions>
}

const chunk = (delta: Json, finish_reason: string | null = null, more: Json = {}): Json => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason, ...more }],
})

const DONE = Buffer.from('data: [DONE]\n\n')

const JSON_TYPE = { contentType: 'application/json' }

/** A Chat answer with this ending, streamed and complete. */
const ended = (finish_reason: string, more: Json = {}) => ({
  streamed: {
    rawBytes: [
      sse(chunk({ role: 'assistant', content: 'Half an ans' }), chunk({}, finish_reason, more), {
        ...chunk({}),
        choices: [],
        usage: { prompt_tokens: 9, completion_tokens: 4 },
      }),
      DONE,
    ],
  },
  whole: {
    rawBytes: [
      Buffer.from(
        JSON.stringify({
          ...chunk({}),
          object: 'chat.completion',
          choices: [
            {
              index: 0,
              message: { role: 'assistant', content: 'Half an ans' },
              finish_reason,
              ...more,
            },
          ],
        }),
      ),
    ],
    ...JSON_TYPE,
  },
})

const GEMINI = (stream: boolean) =>
  `/v1beta/models/${GPT}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`

const GEMINI_BODY = { contents: [{ role: 'user', parts: [{ text: 'x' }] }] }

const FORMS = [true, false]

describe.each(FORMS)('the end of a Chat answer (streamed: %s)', (stream) => {
  const ask = async (path: string, body: Json, word: string, more: Json = {}) => {
    const { sluice, upstream } = await startHouse({
      ...CHAT_ONLY,
      retry: { retries: 0, baseMs: 1 },
    })
    const { streamed, whole } = ended(word, more)
    upstream.next({ fault: stream ? streamed : whole })
    const answer = await sluice.send(path, { body: { ...body, stream } })
    return { ...answer, line: await sluice.logged(({ msg }) => msg === 'call') }
  }
  const toMessages = (word: string, more: Json = {}, body: Json = {}) =>
    ask(MESSAGES, messagesBody('x', { model: GPT, ...body }), word, more)

  it('that is a cut is one for a client of Messages', async () => {
    const { text } = await toMessages('model_context_window_exceeded')
    expect(text).toContain('"stop_reason":"model_context_window_exceeded"')
  })

  it('that is a cut is one for clients of Responses and Gemini', async () => {
    const responses = await ask(RESPONSES, responsesBody('x'), 'model_context_window_exceeded')
    expect(responses.text).toContain('"incomplete_details":{"reason":"max_output_tokens"}')
    const gemini = await ask(GEMINI(stream), GEMINI_BODY, 'model_context_window_exceeded')
    expect(gemini.text).toContain('"finishReason":"MAX_TOKENS"')
  })

  it('that is a refusal is one', async () => {
    expect((await toMessages('sensitive')).text).toContain('"stop_reason":"refusal"')
  })

  it.each(['network_error', 'abort', 'insufficient_system_resource', 'error'])(
    'that is a failure (%s) is an error, and is logged',
    async (word) => {
      const { text, status, line } = await toMessages(word)
      expect(text).not.toContain('"stop_reason":"')
      expect(text).toContain(`"type":"error"`)
      expect(text).toContain(word)
      expect(status >= 400).toBe(!stream)
      expect(line.outcome).toMatch(/^upstream_/)
    },
  )

  it('that is unknown does not count as success', async () => {
    const messages = await toMessages('brand_new')
    expect(messages.text).toContain('"stop_reason":"max_tokens"')
    expect(messages.line).toMatchObject({ outcome: 'ok', ending: 'brand_new' })
    const responses = await ask(RESPONSES, responsesBody('x'), 'brand_new')
    expect(responses.text).toContain('"incomplete_details":{"reason":"brand_new"}')
    const gemini = await ask(GEMINI(stream), GEMINI_BODY, 'brand_new')
    expect(gemini.text).toContain('"finishReason":"OTHER"')
    expect(gemini.text).toContain('ended its answer with brand_new')
  })

  it('passes through the relay lane unchanged, and is logged', async () => {
    const failed = await ask(CHAT, chatBody('x'), 'network_error')
    expect(failed.text).toContain('"finish_reason":"network_error"')
    expect(failed.line).toMatchObject({ outcome: 'upstream_broken', ending: 'network_error' })
    const unknown = await ask(CHAT, chatBody('x'), 'brand_new')
    expect(unknown.line).toMatchObject({ outcome: 'ok', ending: 'brand_new' })
    expect((await ask(CHAT, chatBody('x'), 'stop')).line.ending).toBeUndefined()
  })

  it('names the stop sequence that was met', async () => {
    const body = { stop_sequences: ['END'] }
    for (const field of ['stop_reason', 'matched_stop']) {
      const { text } = await toMessages('stop', { [field]: 'END' }, body)
      expect(text).toContain('"stop_reason":"stop_sequence"')
      expect(text).toContain('"stop_sequence":"END"')
    }
    for (const met of [null, 7, 'end_turn']) {
      const { text } = await toMessages('stop', { stop_reason: met }, body)
      expect(text).toContain('"stop_reason":"end_turn"')
    }
  })
})

const SAID = chunk({ role: 'assistant', content: 'Half' })

const WORDS = 'No capacity is left in this tier.'

const FLAT: readonly (readonly [string, string])[] = [
  ['with an object', `data: {"object":"error","message":"${WORDS}","type":"t","code":"3505"}\n\n`],
  ['with a code', `data: {"code":50505,"message":"${WORDS}","data":null}\n\n`],
  ['with a type', `data: {"message":"${WORDS}","type":"server_error"}\n\n`],
  ['with an empty list of choices', `data: {"choices":[],"message":"${WORDS}"}\n\n`],
  ['with a detail', `data: {"detail":"${WORDS}"}\n\n`],
  ['as text', `data: {"error":"${WORDS}"}\n\n`],
  ['in a line of its own', `error: {"code":500,"message":"${WORDS}","type":"server_error"}\n\n`],
  ['in a line of text', `error: ${WORDS}\n\n`],
  ['in an event that is named', `event: error\ndata: {"message":"${WORDS}"}\n\n`],
]

describe.each(FLAT)('an error %s in a Chat stream', (_, fault) => {
  const error = Buffer.from(fault)
  const ask = async (path: string, body: Json, pieces: readonly Buffer[]) => {
    const { sluice, upstream } = await startHouse({
      ...CHAT_ONLY,
      retry: { retries: 0, baseMs: 1 },
    })
    upstream.next({ fault: { rawBytes: [...pieces] } })
    const answer = await sluice.send(path, { body: { ...body, stream: true } })
    return { ...answer, line: await sluice.logged(({ msg }) => msg === 'call') }
  }
  const messages = messagesBody('x', { model: GPT })

  it.each([
    [MESSAGES, messages],
    [CHAT, chatBody('x')],
  ])('that comes first is a refusal with its message (%s)', async (path, body) => {
    const { status, text, line } = await ask(path, body, [error, DONE])
    expect(status).toBeGreaterThanOrEqual(400)
    expect(dataOf(`data: ${text}`)[0]).toMatchObject({ error: { message: WORDS } })
    expect(line.outcome).toMatch(/^upstream_/)
  })

  it('that comes later is an error for a client of Messages', async () => {
    const { text, bytes, line } = await ask(MESSAGES, messages, [sse(SAID), error, DONE])
    expect(checkMessagesStream(bytes)).toEqual([])
    expect(text).not.toContain('message_stop')
    expect(dataOf(text).at(-1)).toMatchObject({ type: 'error', error: { message: WORDS } })
    expect(line.outcome).toMatch(/^upstream_/)
  })

  it.each([
    ['in one piece', [Buffer.concat([sse(SAID), error, DONE])]],
    ['by itself', [sse(SAID), error, DONE]],
    [
      'cut in two',
      [Buffer.concat([sse(SAID), error.subarray(0, 9)]), Buffer.concat([error.subarray(9), DONE])],
    ],
  ])('that comes later (%s) is one that a relayed client can read', async (_way, pieces) => {
    const { text, line } = await ask(CHAT, chatBody('x'), pieces)
    expect(text.startsWith(sse(SAID).toString())).toBe(true)
    expect(text).not.toContain('[DONE]')
    const events = text.split('\n\n').filter((event) => event.startsWith('data: {"error":{'))
    expect(events).toHaveLength(1)
    expect(dataOf(events[0] ?? '')[0]).toMatchObject({ error: { message: WORDS } })
    expect(text.trimEnd().endsWith(events[0] ?? '')).toBe(true)
    expect(line.outcome).toMatch(/^upstream_/)
  })

  it('that comes later is hidden from a client of Completions', async () => {
    const said = sse(chunk({ content: 'Half' }))
    for (const pieces of [
      [said, error, DONE],
      [Buffer.concat([said, error.subarray(0, 9)]), Buffer.concat([error.subarray(9), DONE])],
    ]) {
      const { text, line } = await ask('/v1/completions', { model: GPT, prompt: 'x' }, pieces)
      expect(text).not.toContain(WORDS)
      expect(text).toContain('Half')
      expect(text).toContain('"finish_reason":"length"')
      expect(line.outcome).toMatch(/^upstream_/)
    }
  })
})

describe('what is not an error in a Chat stream', () => {
  it.each([
    ['a list of filters', { choices: [], prompt_filter_results: [{ prompt_index: 0 }] }],
    ['usage alone', { ...chunk({}), choices: [], usage: { prompt_tokens: 1 } }],
    ['a chunk that says more', { ...chunk({ content: '.' }), message: 'x', detail: 'y' }],
  ])('%s passes', async (_, event) => {
    const { sluice, upstream } = await startHouse(CHAT_ONLY)
    const stream = Buffer.concat([sse(SAID, event, chunk({}, 'stop')), DONE])
    for (const [path, body] of [
      [CHAT, chatBody('x')],
      [MESSAGES, messagesBody('x', { model: GPT })],
    ] as const) {
      upstream.next({ fault: { rawBytes: [stream] } })
      const { text } = await sluice.send(path, { body: { ...body, stream: true } })
      expect(text).not.toContain('"error"')
      expect(text).toMatch(/\[DONE\]|message_stop/)
    }
  })
})

it.each([
  ['flat', { object: 'error', message: WORDS }],
  ['nested', { error: { message: WORDS, code: 429 } }],
])('a complete Chat answer that is a %s error is a refusal with its message', async (_, answer) => {
  const { sluice, upstream } = await startHouse({ ...CHAT_ONLY, retry: { retries: 0, baseMs: 1 } })
  for (const [path, body] of [
    [CHAT, chatBody('x')],
    [MESSAGES, messagesBody('x', { model: GPT })],
  ] as const) {
    upstream.next({ fault: { rawBytes: [Buffer.from(JSON.stringify(answer))], ...JSON_TYPE } })
    const { status, text } = await sluice.send(path, { body })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(JSON.parse(text)).toMatchObject({ error: { message: WORDS } })
  }
})

describe.each([
  ['chat', CHAT_ONLY, GPT, CHAT],
  ['gemini', {}, 'gemini-2.5-flash', '/v1beta/models/gemini-2.5-flash:streamGenerateContent'],
] as const)('a %s stream whose answer has a finish reason', (name, options, model, own) => {
  const ask = async (path: string, body: Json, fault: Fault) => {
    const upstream = await upstreamForTest()
    const provider = name === 'chat' ? openaiAt(upstream.url) : geminiAt(upstream.url)
    const sluice = await sluiceForTest({
      providers: [{ ...provider, ...('openai' in options ? options.openai : {}) }],
    })
    upstream.next({ parts: [{ text: 'hello' }], pieces: 2, fault })
    const { text, broken } = await sluice.send(path, { body })
    const { outcome } = await sluice.logged(({ msg }) => msg === 'call')
    return { text, broken, outcome }
  }
  const relayed = name === 'chat' ? CHAT : `${own}?alt=sse`
  const relayedBody = name === 'chat' ? chatBody('x', { model, stream: true }) : GEMINI_BODY
  const events = name === 'chat' ? 4 : 2

  it.each<[string, Fault]>([
    ['is reset', { cutAfterEvents: events }],
    ['is closed', { endAfterEvents: events }],
  ])('and then %s ends well on both lanes', async (_, fault) => {
    const relay = await ask(relayed, relayedBody, fault)
    expect(relay.text).not.toContain('"error"')
    const translated = await ask(MESSAGES, messagesBody('x', { model, stream: true }), fault)
    expect(translated.text).toContain('event: message_stop')
    expect([relay.outcome, translated.outcome]).toEqual(['ok', 'ok'])
    expect([relay.broken, translated.broken]).toEqual([false, false])
  })

  it('and was cut before that ends with an error on both lanes', async () => {
    const fault = { cutAfterEvents: events - 1 }
    for (const { text, outcome } of [
      await ask(relayed, relayedBody, fault),
      await ask(MESSAGES, messagesBody('x', { model, stream: true }), fault),
    ]) {
      expect(text).toContain('"error"')
      expect(outcome).toBe('upstream_broken')
    }
  })
})
