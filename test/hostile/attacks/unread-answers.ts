/** Answers that are asked for and never read. */
import { toRequest } from '../../tools/app/raw-client.ts'
import { chatEvent, messagesDelta, messagesStart, openEvents, toChunk } from '../answers.ts'
import type { Attack } from '../attack.ts'
import { type Field, keyOf } from '../field.ts'
import { store } from './stored.ts'

const READERS = 40
/** The cost of generating an answer is not part of the attack. */
const BETWEEN_MS = 100

const askUnread = async (field: Field, request: Buffer) => {
  const client = await field.open({ reads: false })
  client?.socket.pause()
  client?.write(request)
}

export const unreadInputItems: Attack = {
  name: 'unread-input-items',
  does: 'asks for 14 MB of input items with 40 clients that do not read',
  seconds: 6,
  async run(field) {
    const { id } = await store(field, { input: 'x'.repeat(14_000_000) })
    const head = ['HTTP/1.1', 'host: localhost', `authorization: Bearer ${keyOf()}`]
    const requests = ['/input_items', ''].map((part) =>
      Buffer.from(`GET /v1/responses/${id}${part} ${head.join('\r\n')}\r\n\r\n`),
    )
    for (let reader = 0; reader < READERS && !field.signal.aborted; reader++) {
      const request = requests[reader % requests.length]
      if (request) await askUnread(field, request)
      await field.pause(BETWEEN_MS)
    }
    await field.wait()
  },
}

const STREAMS = 50

export const unreadStreams: Attack = {
  name: 'unread-streams',
  does: 'opens 50 endless streams, relayed and translated, and reads none',
  seconds: 6,
  async run(field) {
    const text = 'x'.repeat(16_000)
    field.upstream.play('endless-chat', async (visit) => {
      await openEvents(visit)
      while (await visit.write(toChunk(chatEvent(text))));
    })
    field.upstream.play('endless-messages', async (visit) => {
      await openEvents(visit)
      await visit.write(toChunk(messagesStart()))
      while (await visit.write(toChunk(messagesDelta(text))));
    })
    const messages = [{ role: 'user', content: 'hello' }]
    const models = ['hostile/endless-chat', 'hostile-messages/endless-messages']
    const paths = ['/v1/chat/completions', '/v1/messages']
    for (let at = 0; at < STREAMS && !field.signal.aborted; at++) {
      const body = { model: models[at % 2], max_tokens: 64, messages, stream: true }
      const path = paths[Math.floor(at / 2) % 2] ?? ''
      await askUnread(field, toRequest(path, body, [`authorization: Bearer ${keyOf(at)}`]))
      await field.pause(BETWEEN_MS)
    }
    await field.wait()
  },
}
