/** Answers of the hostile upstream, as far as they are well formed. */
import type { Visit } from './hostile-upstream.ts'

const EVENTS =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n'

export const openEvents = ({ write }: Visit) => write(EVENTS)

export const toChunk = (bytes: string): string => `${bytes.length.toString(16)}\r\n${bytes}\r\n`

export const LAST_CHUNK = '0\r\n\r\n'

export const sendJson = (
  { socket }: Visit,
  body: object | string,
  { status = 200, headers = [] }: { status?: number; headers?: readonly string[] } = {},
) => {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const head = [
    `HTTP/1.1 ${status} Status`,
    'content-type: application/json',
    `content-length: ${bytes.length}`,
    'connection: close',
    ...headers,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`, 'latin1')
  socket.end(bytes)
}

const CHUNK = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'hostile' }

export const chatEvent = (content: string): string =>
  `data: ${JSON.stringify({ ...CHUNK, choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`

export const CHAT_END = `data: ${JSON.stringify({
  ...CHUNK,
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
})}\n\ndata: [DONE]\n\n`

export const chatAnswer = (content: string) => ({
  ...CHUNK,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'hostile',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
}

const messagesAnswer = (text: string) => ({
  ...MESSAGE,
  content: [{ type: 'text', text }],
  stop_reason: 'end_turn',
})

const named = (event: { type: string; index?: number; delta?: object }) =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

export const messagesStart = (): string =>
  [
    { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ]
    .map(named)
    .join('')

export const messagesDelta = (text: string): string =>
  named({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  })

const messagesEnd = (): string =>
  [
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 1 },
    },
    { type: 'message_stop' },
  ]
    .map(named)
    .join('')

/** Of the provider that speaks Messages: at once, and well formed. */
export const answerMessages = async (visit: Visit, text = 'ok') => {
  if (!visit.streamed) return sendJson(visit, messagesAnswer(text))
  await openEvents(visit)
  const events = `${messagesStart()}${messagesDelta(text)}${messagesEnd()}`
  await visit.write(`${toChunk(events)}${LAST_CHUNK}`)
  return visit.socket.end()
}

/** Takes the call and says nothing. */
export const stayNow = ({ socket }: Visit) =>
  new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
