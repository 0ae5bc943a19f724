/** A vendor of Realtime sessions, as far as a session in text needs one: it does what directives say. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { followDirectives } from '../tools/upstream/answers/directives.ts'
import { DEFAULT_KEYS } from '../tools/upstream/keys.ts'
import { toReplyCall } from '../tools/upstream/requests/turns.ts'

type Item = Record<string, unknown>
type Event = { type: string; session?: Item; item?: Item; audio?: string }

const USAGE = { total_tokens: 2, input_tokens: 1, output_tokens: 1 }
const REFUSAL = 'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'

const holdSession = (socket: WebSocket, model: string) => {
  let session: Item = { type: 'realtime', model }
  const items: Item[] = []
  let audio = ''
  let count = 0
  const createId = (prefix: string) => `${prefix}_${(count += 1)}`
  const send = (type: string, fields: object = {}) =>
    socket.send(JSON.stringify({ type, event_id: createId('event'), ...fields }))

  const answer = () => {
    const id = createId('resp')
    const output: Item[] = []
    send('response.created', { response: { id, object: 'realtime.response', output } })
    // Items are those of Responses, and so are tools.
    const call = toReplyCall('responses', { ...session, input: items })
    for (const part of followDirectives(call).parts ?? []) {
      const place = { response_id: id, item_id: createId('item'), output_index: output.length }
      if ('text' in part) {
        const { text } = part
        const where = { ...place, content_index: 0 }
        for (const delta of text.match(/.{1,8}/gsu) ?? [])
          send('response.output_text.delta', { ...where, delta })
        send('response.output_text.done', { ...where, text })
        const content = [{ type: 'output_text', text }]
        output.push({ id: place.item_id, type: 'message', role: 'assistant', content })
      } else if ('toolCall' in part) {
        const { name, arguments: given } = part.toolCall
        const called = { call_id: createId('call'), name, arguments: given }
        send('response.function_call_arguments.done', { ...place, ...called })
        output.push({ id: place.item_id, type: 'function_call', ...called })
      }
    }
    items.push(...output)
    const response = { id, object: 'realtime.response', status: 'completed', output, usage: USAGE }
    send('response.done', { response })
  }

  const HANDLERS: Record<string, (event: Event) => void> = {
    'session.update': (event) => {
      session = { ...session, ...event.session }
      send('session.updated', { session })
    },
    'conversation.item.create': ({ item = {} }) => {
      items.push(item)
      send('conversation.item.added', { item })
    },
    'input_audio_buffer.append': (event) => (audio += event.audio ?? ''),
    'input_audio_buffer.commit': () => {
      const content = [{ type: 'input_audio', audio }]
      send('input_audio_buffer.committed', { item_id: createId('item') })
      send('conversation.item.added', { item: { type: 'message', role: 'user', content } })
      audio = ''
    },
    'response.create': answer,
  }

  send('session.created', { session })
  socket.on('message', (data: Buffer) => {
    const event = JSON.parse(data.toString()) as Event
    const handle = HANDLERS[event.type]
    if (handle) return handle(event)
    const message = `Invalid value: '${event.type}'. Supported values are: 'session.update', ...`
    const error = { type: 'invalid_request_error', code: 'invalid_value', message, param: 'type' }
    send('error', { error })
  })
}

export const startRealtimeUpstream = async (): Promise<{ url: string; close: () => void }> => {
  const doors = new WebSocketServer({ noServer: true })
  // It lists nothing, and says so at once: who lists models waits for every provider.
  const server = createServer((_, response) => void response.writeHead(404).end())
  server.on('upgrade', (request, socket, head) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://upstream')
    const isKnown = request.headers.authorization === `Bearer ${DEFAULT_KEYS.openai}`
    if (!isKnown || pathname !== '/v1/realtime') return socket.end(REFUSAL)
    doors.handleUpgrade(request, socket, head, (opened) =>
      holdSession(opened, searchParams.get('model') ?? ''),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const client of doors.clients) client.terminate()
      server.closeAllConnections()
      server.close()
    },
  }
}
