/** Calls over the sockets: several on one, cancelled ones, frames that are none, and clients that are suddenly gone. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { within } from '../../tools/app/within.ts'
import { KEYS } from '../callers.ts'
import { as, type Call, type Kind, type Rows } from './call.ts'
import { CLAUDE, GEMINI, GPT, pickCaller, toWords } from './dialects.ts'

const OPENS_WITHIN_MS = 20_000
const ENDS_WITHIN_MS = 20_000

interface Line {
  readonly socket: WebSocket
  send(frame: object | string): void
  /** The next frame of one of these types. A frame without one has the empty type. */
  until(...types: readonly string[]): Promise<Readonly<Record<string, unknown>>>
}

const open = async (call: Call, path: string, key: string): Promise<Line> => {
  const socket = new WebSocket(`${call.url.replace('http', 'ws')}${path}`, {
    headers: as(key, call),
    handshakeTimeout: OPENS_WITHIN_MS,
  })
  const frames: Record<string, unknown>[] = []
  let look = () => {}
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as Record<string, unknown>)
    look()
  })
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return {
    socket,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    until(...types) {
      const found = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
        look = () => {
          for (let frame = frames.shift(); frame; frame = frames.shift())
            if (types.includes(String(frame.type ?? ''))) return resolve(frame)
          return undefined
        }
        socket.once('close', (code) => reject(new Error(`the socket closed with ${code}`)))
        look()
      })
      return within(ENDS_WITHIN_MS, `a frame of ${types.join(' or ')}`, found)
    },
  }
}

const close = async (call: Call, { socket }: Line): Promise<void> => {
  const closed = once(socket, 'close')
  if (call.random.chance(0.5)) socket.close()
  else socket.terminate()
  await closed
}

/** A frame for one turn. @returns the rows that it has. */
type Act = (call: Call, line: Line) => Promise<number>

const chatBody = (call: Call, pace = '') => ({
  model: call.random.pick([GPT, CLAUDE, GEMINI]),
  messages: [{ role: 'user', content: pace + toWords(call) }],
})

const CHAT_ACTS: readonly Act[] = [
  async (call, { send, until }) => {
    send(chatBody(call))
    const { type } = await until('done', 'error')
    if (type !== 'done') call.fail('a call of a socket failed')
    return 1
  },
  async (call, { send, until }) => {
    send({ ...chatBody(call), model: 'gone/gpt-4o' })
    await until('error')
    return 1
  },
  async (call, { send, until }) => {
    send({ ...chatBody(call, '[[pace 3]] '), id: 'cancelled' })
    await until('')
    send({ type: 'cancel', id: 'cancelled' })
    await until('error')
    return 1
  },
  async (call, { send, until }) => {
    send(call.random.pick(['{"model": ', '[]', '{"type": "nothing"}']))
    await until('error')
    return 0
  },
]

/** Its client goes while the answer comes. */
const goInMidCall: Act = async (call, { send, until }) => {
  send(chatBody(call, '[[pace 3]] '))
  await until('')
  return 1
}

const MOST_ACTS = 3

const chat: Kind = {
  share: 28,
  async make(call) {
    const key = pickCaller(call)
    const line = await open(call, '/ws', key)
    let rows = 0
    const acts = call.random.below(MOST_ACTS + 1)
    for (let at = 0; at < acts; at++) rows += await call.random.pick(CHAT_ACTS)(call, line)
    if (call.random.chance(0.3)) rows += await goInMidCall(call, line)
    await close(call, line)
    return rows
  },
}

const COMPLETED = 'response.completed'

const responses: Kind = {
  share: 20,
  async make(call) {
    const { random } = call
    const line = await open(call, '/v1/responses', pickCaller(call))
    const { send, until } = line
    const model = random.pick([CLAUDE, GEMINI])
    const turn = { type: 'response.create', model, input: toWords(call), store: false }
    let rows = 0
    let previous: unknown
    if (random.chance(0.3)) {
      send({ ...turn, generate: false })
      const { response } = await until(COMPLETED)
      previous = (response as { id?: unknown }).id
    }
    for (let turns = random.below(MOST_ACTS + 1); turns > 0; turns--) {
      send({ ...turn, ...(previous !== undefined && { previous_response_id: previous }) })
      const { type, response } = await until(COMPLETED, 'error', 'response.failed')
      if (type !== COMPLETED) call.fail(`a turn of a socket ended with ${String(type)}`)
      previous = (response as { id?: unknown } | undefined)?.id
      rows++
    }
    if (random.chance(0.3)) {
      send({ ...turn, input: `[[pace 3]] ${toWords(call)}` })
      await until('response.output_text.delta')
      rows++
    }
    await close(call, line)
    return rows
  },
}

const realtime: Kind = {
  share: 6,
  async make(call) {
    const line = await open(call, '/v1/realtime?model=voice/gpt-realtime', KEYS.ann)
    const { send, until } = line
    await until('session.created')
    if (call.random.chance(0.7)) {
      const content = [{ type: 'input_text', text: toWords(call) }]
      send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
      send({ type: 'response.create' })
      await until(call.random.pick(['response.done', 'response.created']))
    }
    await close(call, line)
    return 1
  },
}

const refusedSocket: Kind = {
  share: 6,
  async make(call): Promise<Rows> {
    const socket = new WebSocket(`${call.url.replace('http', 'ws')}/ws`, {
      headers: as('sk-nobody', call),
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.on('open', () => call.fail('a socket opens without a key'))
    await within(ENDS_WITHIN_MS, 'a socket is refused', promise)
    return 0
  },
}

export const SOCKETS: Readonly<Record<string, Kind>> = { chat, responses, realtime, refusedSocket }
