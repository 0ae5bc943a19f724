import type { WebSocket } from 'ws'
import { sendJson } from '../answers.ts'
import type { Attack } from '../attack.ts'
import { KEPT_MODEL, store } from './stored.ts'

const SECRET = 'what the other one was told'
const OTHER = 1
const QUESTION = 'the question of the other one'

const RELAYED = {
  id: 'resp_of_the_other',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'relayed',
  output: [
    {
      id: 'msg_of_the_other',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: SECRET, annotations: [] }],
    },
  ],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
}

const sayOn = (socket: WebSocket, bodies: readonly object[]) => {
  for (const body of bodies) socket.send(JSON.stringify({ type: 'response.create', ...body }))
}

export const foreignResponses: Attack = {
  name: 'foreign-responses',
  does: "leans on another caller's responses and items, kept here and at the upstream, over HTTP and a socket",
  seconds: 3,
  async run(field) {
    const kept = await store(field, { text: SECRET, caller: OTHER })
    field.upstream.play('relayed', async (visit) => {
      if (visit.body.includes('_of_the_other'))
        field.fail(
          `a foreign id reaches the shared account: ${visit.path} ${visit.body.slice(0, 200)}`,
        )
      const isTheirs = visit.body.includes(QUESTION)
      sendJson(visit, isTheirs ? RELAYED : { ...RELAYED, id: 'resp_of_nobody', output: [] })
    })
    const model = 'hostile/relayed'
    await field.post('/v1/responses', { model, input: QUESTION, store: true }, { caller: OTHER })
    const bodies = [
      { model, input: 'hello', previous_response_id: RELAYED.id },
      { model, input: [{ type: 'item_reference', id: 'msg_of_the_other' }] },
      { model: KEPT_MODEL, input: 'hello', previous_response_id: kept.id },
      { model: KEPT_MODEL, input: [{ type: 'item_reference', id: kept.itemId }] },
    ]
    const duplicate = `{"model":"${model}","input":"hello","previous_response_id":null,"previous_response_id":"${RELAYED.id}"}`
    await field.storm(2, async (turn) => {
      const body = turn % 5 === 4 ? duplicate : bodies[turn % 5]
      const answer = await field.post('/v1/responses', body)
      if (answer?.text.includes(SECRET))
        field.fail(`a foreign answer is read: ${JSON.stringify(body)}`)
      for (const id of [kept.id, RELAYED.id])
        for (const part of ['', '/input_items']) {
          const read = await field.get(`/v1/responses/${id}${part}`)
          if (read?.status === 200) field.fail(`a foreign response is read: ${id}${part}`)
        }
      const socket = await field.socket('/v1/responses')
      if (socket) sayOn(socket, bodies)
      await field.pause(100)
      socket?.terminate()
    })
  },
}
