/** The scripted upstream's answers in both protocols, built once as bytes. */
import { ANSWER_WORDS, type Protocol, TERMINATORS, word } from './traffic.ts'

/** Frames in one large write of a burst: 32 KB of chat, 16 KB of Messages. */
export const BLOCK_FRAMES = 128

export type Canned = {
  answer: Buffer
  /** Head and opening frames of a stream; its first text names the stream. */
  opening(stream: number): string
  /** Token frames, each an HTTP chunk of its own. */
  frames: Buffer[]
  /** BLOCK_FRAMES token frames in one HTTP chunk. */
  block: Buffer
  closing: Buffer
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
const chatUsage = { prompt_tokens: 400, completion_tokens: 90, total_tokens: 490 }

const messagesEvent = (type: string, rest: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
const messagesDelta = (part: string) =>
  messagesEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text: part } })
const messagesUsage = {
  input_tokens: 400,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 90,
}
const message = {
  id: 'msg_01BenchBenchBenchBenchBe',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
}

type Script = {
  answer: object
  opening(name: string): string
  token(text: string): string
  closing: string
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
    closing: chatDelta({}, 'stop') + chatChunk([], { usage: chatUsage }) + TERMINATORS.chat,
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
    closing:
      messagesEvent('content_block_stop', { index: 0 }) +
      messagesEvent('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: messagesUsage,
      }) +
      messagesEvent('message_stop'),
  },
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
  const block = Array.from({ length: BLOCK_FRAMES }, (_, index) => token(word(index))).join('')
  return {
    answer: Buffer.from(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\n' +
        `content-length: ${body.length}\r\n\r\n${body}`,
    ),
    opening: (stream) => STREAM_HEAD + toChunk(opening(`stream${stream}#`)),
    frames: words.map((each) => Buffer.from(toChunk(token(each)))),
    block: Buffer.from(toChunk(block)),
    closing: Buffer.from(`${toChunk(closing)}0\r\n\r\n`),
  }
}

export const canned: Record<Protocol, Canned> = {
  chat: toCanned(scripts.chat),
  messages: toCanned(scripts.messages),
}
