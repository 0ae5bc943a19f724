/** The sockets of the well-behaved caller: opened once, and kept. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { GOOD_KEY } from './keys.ts'

const OPENS_WITHIN_MS = 30_000
const ANSWER_WITHIN_MS = 35_000

const sockets = new Map<string, Promise<WebSocket>>()

const open = async (address: string): Promise<WebSocket> => {
  const headers = { authorization: `Bearer ${GOOD_KEY}` }
  const socket = new WebSocket(address, { headers, handshakeTimeout: OPENS_WITHIN_MS })
  // Nobody closes it but Sluice: who asks next opens another one.
  socket.once('close', () => sockets.delete(address))
  socket.on('error', () => sockets.delete(address))
  await once(socket, 'open')
  return socket
}

const socketTo = (address: string): Promise<WebSocket> => {
  const opened = sockets.get(address) ?? open(address)
  sockets.set(address, opened)
  opened.catch(() => sockets.delete(address))
  return opened
}

export const closeSockets = (): void => {
  for (const opened of sockets.values())
    void opened.then(
      (socket) => socket.terminate(),
      () => undefined,
    )
  sockets.clear()
}

const ENDS: ReadonlySet<unknown> = new Set(['done', 'response.completed'])

/** One call at a time on each. @returns what is wrong with its answer. */
export const askSocket = async (
  url: string,
  path: string,
  frame: object,
  word: string,
): Promise<readonly string[]> => {
  const socket = await socketTo(`${url.replace('http', 'ws')}${path}`)
  const { promise, resolve } = Promise.withResolvers<readonly string[]>()
  let told = ''
  const take = (data: Buffer) => {
    const text = data.toString()
    told += text
    const { type } = JSON.parse(text) as { type?: unknown }
    if (type === 'error' || type === 'response.failed') resolve([text.slice(0, 300)])
    if (ENDS.has(type)) resolve(told.includes(word) ? [] : ['the answer is to another question'])
  }
  const leave = (code: number) => resolve([`the socket closed with ${code}`])
  const limit = setTimeout(() => resolve(['no end came']), ANSWER_WITHIN_MS)
  socket.on('message', take)
  socket.once('close', leave)
  socket.send(JSON.stringify(frame))
  try {
    return await promise
  } finally {
    clearTimeout(limit)
    socket.off('message', take)
    socket.off('close', leave)
  }
}
