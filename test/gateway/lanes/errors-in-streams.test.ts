/** Errors in shapes that are not the protocol's own, in place of an answer or in the middle of one. */
import { describe, expect, it } from 'vitest'
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
import { sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import {
  checkChatStream,
  checkGeminiStream,
  checkMessagesStream,
  checkResponsesStream,
} from '../../tools/checkers/index.ts'

type Json = Record<string, unknown>

const WORDS = 'No capacity is left in this tier.'
const KEYS = ['sk-upstream-openai', 'sk-ant-upstream', 'AIza-upstream-gemini']

const SHAPES: readonly (readonly [string, string])[] = [
  ['with an object', `data: {"object":"error","message":"${WORDS}","type":"t","code":"3505"}\n\n`],
  ['with a code', `data: {"code":50505,"message":"${WORDS}","data":null}\n\n`],
  ['with a type', `data: {"message":"${WORDS}","type":"server_error"}\n\n`],
  ['with a detail', `data: {"detail":"${WORDS}"}\n\n`],
  ['as text', `data: {"error":"${WORDS}"}\n\n`],
  ['as text beside its type', `data: {"type":"error","error":"${WORDS}"}\n\n`],
  ['in a line of its own', `error: {"code":500,"message":"${WORDS}","type":"server_error"}\n\n`],
  ['in a line of text', `error: ${WORDS}\n\n`],
  ['in an event that is named', `event: error\ndata: {"message":"${WORDS}"}\n\n`],
  ['in a named event of text', `event: error\ndata: ${WORDS}\n\n`],
]

const named = (event: Json): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
const unnamed = (event: Json): string => `data: ${JSON.stringify(event)}\n\n`

const FLASH = 'gemini-2.5-flash'
const geminiPath = (stream: boolean) =>
  `/v1beta/models/${FLASH}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`
const GEMINI_BODY = { contents: [{ role: 'user', parts: [{ text: 'x' }] }] }

const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: CLAUDE, content: [] }
const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: GPT,
  output: [],
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  temperature: 1,
  top_p: 1,
  tool_choice: 'auto',
  tools: [],
  error: null,
  incomplete_details: null,
}

/** Each with half an answer, as its upstream writes one, and with its client's way to say that it failed. */
const TONGUES = {
  Messages: {
    at: anthropicAt,
    own: (stream: boolean) => [MESSAGES, messagesBody('x', { stream })] as const,
    other: (stream: boolean) => [CHAT, chatBody('x', { model: CLAUDE, stream })] as const,
    said: [
      {
        type: 'message_start',
        message: {
          ...MESSAGE,
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 3, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half' } },
    ]
      .map(named)
      .join(''),
    failure: 'event: error\ndata: {"type":"error","error":{',
    check: checkMessagesStream,
    checkOther: checkChatStream,
  },
  Gemini: {
    at: geminiAt,
    own: (stream: boolean) => [geminiPath(stream), GEMINI_BODY] as const,
    other: (stream: boolean) => [MESSAGES, messagesBody('x', { model: FLASH, stream })] as const,
    said: unnamed({
      candidates: [{ content: { role: 'model', parts: [{ text: 'Half' }] }, index: 0 }],
      modelVersion: FLASH,
      responseId: 'r1',
    }),
    failure: 'data: {"error":{',
    check: checkGeminiStream,
    checkOther: checkMessagesStream,
  },
  Responses: {
    at: (url: string) => ({ ...openaiAt(url), protocols: ['openai-responses'] as const }),
    own: (stream: boolean) => [RESPONSES, responsesBody('x', { stream })] as const,
    other: (stream: boolean) => [MESSAGES, messagesBody('x', { model: GPT, stream })] as const,
    said: [
      { type: 'response.created', response: { ...RESPONSE, status: 'in_progress' } },
      { type: 'response.in_progress', response: { ...RESPONSE, status: 'in_progress' } },
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'in_progress',
          content: [],
        },
      },
      {
        type: 'response.content_part.added',
        item_id: 'msg_1',
        output_index: 0,
        content_index: 0,
        part: { type: 'output_text', text: '', annotations: [], logprobs: [] },
      },
      {
        type: 'response.output_text.delta',
        item_id: 'msg_1',
        output_index: 0,
        content_index: 0,
        delta: 'Half',
        logprobs: [],
      },
    ]
      .map((event, sequence_number) => named({ ...event, sequence_number }))
      .join(''),
    failure: 'event: response.failed\ndata: {"type":"response.failed",',
    check: checkResponsesStream,
    checkOther: checkMessagesStream,
  },
}

const NAMES = ['Messages', 'Gemini', 'Responses'] as const

const houseOf = async (name: keyof typeof TONGUES) => {
  const upstream = await upstreamForTest()
  const sluice = await sluiceForTest({
    providers: [TONGUES[name].at(upstream.url)],
    retry: { retries: 0, baseMs: 1 },
  })
  return { upstream, sluice }
}

const ask = async (
  name: keyof typeof TONGUES,
  way: 'own' | 'other',
  pieces: readonly string[],
  stream = true,
) => {
  const { upstream, sluice } = await houseOf(name)
  const contentType = stream ? {} : { contentType: 'application/json' }
  upstream.next({ fault: { rawBytes: pieces.map((piece) => Buffer.from(piece)), ...contentType } })
  const [path, body] = TONGUES[name][way](stream)
  const answer = await sluice.send(path, { body })
  return { ...answer, line: await sluice.logged(isCall), rawLog: sluice.rawLog() }
}

describe.each(NAMES)('in a %s stream', (name) => {
  const { said, failure, check, checkOther } = TONGUES[name]

  describe.each(SHAPES)('an error %s', (_, error) => {
    it.each(['own', 'other'] as const)(
      'that comes first is a refusal with its message (to a client of its %s protocol)',
      async (way) => {
        const { status, text, line } = await ask(name, way, [error])
        expect(status).toBeGreaterThanOrEqual(400)
        expect(JSON.parse(text)).toMatchObject({ error: { message: WORDS } })
        expect(line).toMatchObject({ outcome: 'upstream_failed', status: 500 })
      },
    )

    it('that comes later is an error for a client of another protocol', async () => {
      const { text, bytes, line } = await ask(name, 'other', [said, error])
      expect(checkOther(bytes)).toEqual([])
      expect(text).toContain('Half')
      expect(text).toContain(WORDS)
      expect(line.outcome).toBe('upstream_failed')
    })

    it.each([
      ['in one piece', [said + error]],
      ['by itself', [said, error]],
      ['cut in two', [said + error.slice(0, 9), error.slice(9)]],
    ])('that comes later (%s) is one that a relayed client can read', async (_way, pieces) => {
      const { text, bytes, line } = await ask(name, 'own', pieces)
      expect(text.startsWith(said)).toBe(true)
      const told = text.slice(said.length).trimStart()
      expect(told.startsWith(failure)).toBe(true)
      expect(told.split(WORDS)).toHaveLength(2)
      expect(check(bytes)).toEqual([])
      expect(line.outcome).toBe('upstream_failed')
    })
  })

  it.each([
    ['limit', '{"code":429,"message":"Slow down."}', 'upstream_rate_limited'],
    ['overload', '{"type":"overloaded_error","message":"Later."}', 'upstream_overloaded'],
  ])('an error without an object keeps its kind (%s)', async (_, data, outcome) => {
    for (const way of ['own', 'other'] as const)
      expect((await ask(name, way, [`data: ${data}\n\n`])).line.outcome).toBe(outcome)
  })

  it('an error that quotes our key is redacted', async () => {
    const error = `data: {"code":1,"message":"Bad key ${KEYS.join(' ')}"}\n\n`
    for (const way of ['own', 'other'] as const)
      for (const pieces of [[error], [said, error]]) {
        const { text, rawLog } = await ask(name, way, pieces)
        expect(text).toContain('Bad key')
        const own = TONGUES[name].at('').apiKey
        expect(text).not.toContain(own)
        expect(rawLog).not.toContain(own)
      }
  })
})

describe.each(NAMES)('in place of a complete %s answer', (name) => {
  it.each([
    ['flat', { object: 'error', message: WORDS }],
    ['with a code', { code: 50_505, message: WORDS, data: null }],
    ['nested', { error: { message: WORDS } }],
    ['as text', { error: WORDS }],
  ])('an error (%s) is a refusal with its message', async (_, error) => {
    for (const way of ['own', 'other'] as const) {
      const { status, text, line } = await ask(name, way, [JSON.stringify(error)], false)
      expect(status).toBe(500)
      expect(JSON.parse(text)).toMatchObject({ error: { message: WORDS } })
      expect(line.outcome).toBe('upstream_failed')
    }
  })

  it('an error is also one if a stream was requested', async () => {
    for (const way of ['own', 'other'] as const) {
      const { upstream, sluice } = await houseOf(name)
      const rawBytes = [Buffer.from(JSON.stringify({ code: 1, message: WORDS }))]
      upstream.next({ fault: { rawBytes, contentType: 'application/json' } })
      const [path, body] = TONGUES[name][way](true)
      const { status, text } = await sluice.send(path, { body })
      expect(status).toBe(500)
      expect(text).toContain(WORDS)
    }
  })
})

describe('what is not an error', () => {
  const own = async (name: keyof typeof TONGUES, event: string, end: string) => {
    const { said } = TONGUES[name]
    const { text, line } = await ask(name, 'own', [said + event + end])
    expect(text).toBe(said + event + end)
    expect(line.outcome).toBe('ok')
    expect((await ask(name, 'other', [said + event + end])).line.outcome).toBe('ok')
  }

  it('in a Messages stream is an unknown event', async () => {
    const end = named({ type: 'message_stop' })
    await own('Messages', named({ type: 'message_hint', message: 'Soon.' }), end)
    await own('Messages', named({ type: 'ping' }), end)
  })

  it('in a Responses stream is an unknown event, and one without fields', async () => {
    const response = { ...RESPONSE, status: 'completed', usage: null }
    const end = named({ type: 'response.completed', response, sequence_number: 6 })
    const hint = { type: 'response.hint', message: 'Soon.', sequence_number: 5 }
    await own('Responses', named(hint), end)
    await own('Responses', unnamed({ type: 'keepalive', sequence_number: 5 }), end)
  })

  it('in a Gemini stream is a chunk with additional fields', async () => {
    const candidates = [{ content: { role: 'model', parts: [] }, index: 0 }]
    const end = unnamed({ candidates: [{ ...candidates[0], finishReason: 'STOP' }] })
    await own('Gemini', unnamed({ candidates, message: 'x', detail: 'y' }), end)
    await own('Gemini', unnamed({ usageMetadata: { promptTokenCount: 3 }, message: 'x' }), end)
  })

  it('is a failed Responses answer: the relayed client receives it unchanged', async () => {
    const error = { code: 'server_error', message: WORDS }
    const response = { ...RESPONSE, status: 'failed', error }
    const { status, text } = await ask('Responses', 'own', [JSON.stringify(response)], false)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual(response)
    expect((await ask('Responses', 'other', [JSON.stringify(response)], false)).text).toContain(
      WORDS,
    )
  })
})
