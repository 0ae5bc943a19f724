/** The scripted upstream's answers in every protocol, built once as bytes. */
import { ANSWER_WORDS, type Protocol, USED, word } from './traffic.ts'

/** Frames in one large write of a burst: 32 KB of chat, 16 KB of Messages, 30 KB of Responses and Gemini. */
export const BLOCK_FRAMES = 128

export type Canned = {
  answer: Buffer
  /** Head and opening frames of a stream; its first text names the stream. */
  opening(stream: number): string
  /** Token frames, each an HTTP chunk of its own. */
  frames: Buffer[]
  /** BLOCK_FRAMES token frames in one HTTP chunk. */
  block: Buffer
  /** The last frames of a stream of so many tokens. */
  closing(stream: number, tokens: number): Buffer
}

const WORDS = 100
const words = Array.from({ length: WORDS }, (_, index) => word(index))
const text = words.slice(0, ANSWER_WORDS).join('')

const chatChunk = (choices: unknown[], rest: object = {}) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-BenchBenchBenchBenchBenchBe',
    object: 'chat.completion.chunk',
    created: 1763000000,
    model: 'gpt-5.1-2025-11-13',
    service_tier: 'default',
    system_fingerprint: null,
    choices,
    ...rest,
  })}\n\n`
const chatDelta = (delta: object, finishReason: string | null = null) =>
  chatChunk([{ index: 0, delta, finish_reason: finishReason }])
const usedInAll = USED.input + USED.output
const chatUsage = {
  prompt_tokens: USED.input,
  completion_tokens: USED.output,
  total_tokens: usedInAll,
}

const messagesEvent = (type: string, rest: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
const messagesDelta = (part: string) =>
  messagesEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: part } })
const messagesUsage = {
  input_tokens: USED.input,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: USED.output,
}
const message = {
  id: 'msg_01BenchBenchBenchBenchBe',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
}

const responsesEvent = (type: string, sequence: number, rest: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...rest })}\n\n`
const responsesItemId = 'msg_bench0000000000000000000000000000000000000000000000'
const responsesPlace = { item_id: responsesItemId, output_index: 0, content_index: 0 }
const responsesPart = (part: string) => ({
  type: 'output_text',
  annotations: [],
  logprobs: [],
  text: part,
})
const responsesItem = (status: string, content: object[]) => ({
  id: responsesItemId,
  type: 'message',
  status,
  content,
  role: 'assistant',
})
const toResponse = (status: string, output: object[], usage: object | null) => ({
  id: 'resp_bench0000000000000000000000000000000000000000000000',
  object: 'response',
  created_at: 1763000000,
  status,
  background: false,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  model: 'gpt-5.1-2025-11-13',
  output,
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: 'none', summary: null },
  store: false,
  temperature: 1,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  truncation: 'disabled',
  usage,
  metadata: {},
})
const responsesUsage = {
  input_tokens: USED.input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: USED.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: usedInAll,
}
const responsesDelta = (delta: string) =>
  responsesEvent('response.output_text.delta', 4, { ...responsesPlace, delta, logprobs: [] })

const toGeminiPiece = (part: string, rest: object = {}, usage: object = {}) => ({
  candidates: [{ content: { parts: [{ text: part }], role: 'model' }, ...rest, index: 0 }],
  usageMetadata: { promptTokenCount: USED.input, ...usage },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'BenchBenchBenchBenchBe',
})
const geminiPiece = (part: string, index = 0) => {
  // It counts on in every piece.
  const usage = { candidatesTokenCount: index + 1, totalTokenCount: USED.input + index + 1 }
  return `data: ${JSON.stringify(toGeminiPiece(part, {}, usage))}\r\n\r\n`
}
const toGeminiEnd = (part: string) =>
  toGeminiPiece(
    part,
    { finishReason: 'STOP' },
    { candidatesTokenCount: USED.output, totalTokenCount: usedInAll },
  )

type Script = {
  answer: object
  opening(name: string): string
  token(text: string, index: number): string
  /** The last frames of a stream of that text. */
  closing(text: string): string
}

const scripts: Record<Protocol, Script> = {
  chat: {
    answer: {
      id: 'chatcmpl-BenchBenchBenchBenchBenchBe',
      object: 'chat.completion',
      created: 1763000000,
      model: 'gpt-5.1-2025-11-13',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: text, refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: chatUsage,
      service_tier: 'default',
      system_fingerprint: null,
    },
    opening: (name) =>
      chatDelta({ role: 'assistant', content: '', refusal: null }) + chatDelta({ content: name }),
    token: (content) => chatDelta({ content }),
    closing: () => `${chatDelta({}, 'stop')}${chatChunk([], { usage: chatUsage })}data: [DONE]\n\n`,
  },
  messages: {
    answer: {
      ...message,
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: messagesUsage,
    },
    opening: (name) =>
      messagesEvent('message_start', {
        message: { ...message, content: [], stop_reason: null, usage: messagesUsage },
      }) +
      messagesEvent('content_block_start', {
        index: 0,
        content_block: { type: 'text', text: '' },
      }) +
      messagesEvent('ping') +
      messagesDelta(name),
    token: messagesDelta,
    closing: () =>
      messagesEvent('content_block_stop', { index: 0 }) +
      messagesEvent('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: messagesUsage,
      }) +
      messagesEvent('message_stop'),
  },
  responses: {
    answer: toResponse(
      'completed',
      [responsesItem('completed', [responsesPart(text)])],
      responsesUsage,
    ),
    opening: (name) =>
      responsesEvent('response.created', 0, { response: toResponse('in_progress', [], null) }) +
      responsesEvent('response.in_progress', 1, { response: toResponse('in_progress', [], null) }) +
      responsesEvent('response.output_item.added', 2, {
        output_index: 0,
        item: responsesItem('in_progress', []),
      }) +
      responsesEvent('response.content_part.added', 3, {
        ...responsesPlace,
        part: responsesPart(''),
      }) +
      responsesDelta(name),
    token: responsesDelta,
    closing(whole) {
      const item = responsesItem('completed', [responsesPart(whole)])
      return (
        responsesEvent('response.output_text.done', 5, { ...responsesPlace, text: whole }) +
        responsesEvent('response.content_part.done', 6, {
          ...responsesPlace,
          part: responsesPart(whole),
        }) +
        responsesEvent('response.output_item.done', 7, { output_index: 0, item }) +
        responsesEvent('response.completed', 8, {
          response: toResponse('completed', [item], responsesUsage),
        })
      )
    },
  },
  gemini: {
    answer: toGeminiEnd(text),
    opening: (name) => geminiPiece(name),
    token: geminiPiece,
    closing: () => `data: ${JSON.stringify(toGeminiEnd(''))}\r\n\r\n`,
  },
}

const toName = (stream: number) => `stream${stream}#`

const toText = (tokens: number) => {
  const rest = words.slice(0, tokens % WORDS).join('')
  return words.join('').repeat(Math.floor(tokens / WORDS)) + rest
}

const toChunk = (frames: string) => `${frames.length.toString(16)}\r\n${frames}\r\n`

const STREAM_HEAD = [
  'HTTP/1.1 200 OK',
  'content-type: text/event-stream; charset=utf-8',
  'cache-control: no-cache',
  'x-request-id: req_bench',
  'transfer-encoding: chunked',
  '\r\n',
].join('\r\n')

const toCanned = ({ answer, opening, token, closing }: Script): Canned => {
  const body = JSON.stringify(answer)
  const block = Array.from({ length: BLOCK_FRAMES }, (_, index) => token(word(index), index)).join(
    '',
  )
  return {
    answer: Buffer.from(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\n' +
        `content-length: ${body.length}\r\n\r\n${body}`,
    ),
    opening: (stream) => STREAM_HEAD + toChunk(opening(toName(stream))),
    frames: words.map((each, index) => Buffer.from(toChunk(token(each, index)))),
    block: Buffer.from(toChunk(block)),
    closing: (stream, tokens) =>
      Buffer.from(`${toChunk(closing(toName(stream) + toText(tokens)))}0\r\n\r\n`),
  }
}

export const canned: Record<Protocol, Canned> = {
  chat: toCanned(scripts.chat),
  messages: toCanned(scripts.messages),
  responses: toCanned(scripts.responses),
  gemini: toCanned(scripts.gemini),
}
