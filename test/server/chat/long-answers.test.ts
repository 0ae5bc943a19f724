/** Answers that are much longer than what a reader may have waiting. */
import { request } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { GPT } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { within } from '../../tools/app/within.ts'

const WORDS = 'A sentence of the answer. '
const MANY_CHARACTERS = 20 * 1024 * 1024
const PATIENCE_MS = 240_000

interface Seen {
  text: string
  readonly end: Promise<{ readonly status?: string; readonly result?: string }>
}

interface Frame {
  readonly type?: string
  readonly token?: string
  readonly status?: string
  readonly result?: string
}

/** The usual clients of the tests look at all that they have with each frame. */
const createSeen = (): { seen: Seen; take(json: string): void } => {
  const { promise, resolve } = Promise.withResolvers<Frame>()
  const seen: Seen = { text: '', end: promise }
  return {
    seen,
    take(json) {
      const frame = JSON.parse(json) as Frame
      if (frame.type === 'token') seen.text += frame.token
      if (frame.type === 'run_end') resolve(frame)
    },
  }
}

const readSocket = async (url: string) => {
  const socket = new WebSocket(`${url.replace('http:', 'ws:')}/ws/session/mine`)
  const { seen, take } = createSeen()
  socket.on('message', (data: Buffer) => take(data.toString()))
  await once(socket, 'open')
  return { seen, send: (frame: object) => socket.send(JSON.stringify(frame)) }
}

const readEvents = async (url: string): Promise<Seen> => {
  const asked = request(`${url}/api/sessions/mine/events?position=0.0`, { agent: false }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const { seen, take } = createSeen()
  let rest: string[] = []
  response.setEncoding('utf8').on('data', (piece: string) => {
    const lines = piece.split('\n')
    for (const line of lines.slice(0, -1)) {
      rest.push(line)
      const complete = rest.join('')
      rest = []
      if (complete.startsWith('data: ')) take(complete.slice('data: '.length))
    }
    rest.push(lines.at(-1) ?? '')
  })
  return seen
}

it(
  'an answer of 20 MB reaches a socket and a stream of events completely',
  async () => {
    const { sluice, upstream } = await startHouse({ chat: { model: GPT } })
    const text = WORDS.repeat(MANY_CHARACTERS / WORDS.length)
    upstream.next({ parts: [{ text }], pieces: 10_000 })
    const client = await readSocket(sluice.url)
    client.send({ type: 'message', content: 'hello' })
    const events = await readEvents(sluice.url)
    for (const seen of [client.seen, events]) {
      const { status, result } = await within(PATIENCE_MS, 'the end', seen.end)
      expect(status).toBe('done')
      expect(result === text).toBe(true)
      expect(seen.text === text).toBe(true)
    }
  },
  2 * PATIENCE_MS,
)
