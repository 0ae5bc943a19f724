import type { WebSocket } from 'ws'
import { CLAUDE } from '../../tools/app/asks.ts'
import { chatEvent, CHAT_END, LAST_CHUNK, messagesDelta, openEvents, toChunk } from '../answers.ts'
import type { Attack } from '../attack.ts'
import type { Field } from '../field.ts'

const BROKEN = '\xff\xfe\xc3(\xed\xa0\x80'

/** A strict client closes with this if a text frame is not valid text. */
const watch = (field: Field, socket: WebSocket, where: string) =>
  socket.on('error', (error) => field.fail(`${where}: ${error.message}`))

export const invalidUtf8: Attack = {
  name: 'invalid-utf8',
  does: 'an upstream sends what is not UTF-8 to a socket that other calls share',
  seconds: 3,
  async run(field) {
    field.upstream.play('broken-chat', async (visit) => {
      await openEvents(visit)
      await visit.write(toChunk(chatEvent('#').replace('#', BROKEN)))
      await visit.write(`${toChunk(CHAT_END)}${LAST_CHUNK}`)
      visit.socket.end()
    })
    field.upstream.play('broken-messages', async (visit) => {
      await openEvents(visit)
      await visit.write(toChunk(messagesDelta('#').replace('#', BROKEN)))
      await visit.write(LAST_CHUNK)
      visit.socket.end()
    })
    const messages = [{ role: 'user', content: 'hello' }]
    const slow = [{ role: 'user', content: '[[pace 20]][[say one two three four five]]' }]
    const models = ['hostile/broken-chat', 'hostile-messages/broken-messages']
    await field.storm(2, async (turn) => {
      const chat = await field.socket('/ws')
      const responses = await field.socket('/v1/responses')
      if (!chat || !responses) return
      watch(field, chat, 'the socket of chat')
      watch(field, responses, 'the socket of Responses')
      let isDone = false
      chat.on('message', (data: Buffer) => {
        const { id, type } = JSON.parse(data.toString()) as { id?: string; type?: string }
        if (id === 'good' && type === 'done') isDone = true
      })
      const model = models[turn % 2]
      chat.send(JSON.stringify({ id: 'good', model: CLAUDE, messages: slow }))
      chat.send(JSON.stringify({ id: 'bad', model, messages }))
      responses.send(JSON.stringify({ type: 'response.create', model, input: 'hello' }))
      await field.pause(700)
      if (!isDone && !field.signal.aborted) field.fail('a call beside the broken one did not end')
      chat.terminate()
      responses.terminate()
    })
  },
}
