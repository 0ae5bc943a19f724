import { once } from 'node:events'
import { GPT } from '../../tools/app/asks.ts'
import type { Attack } from '../attack.ts'
import { KEPT_MODEL } from './stored.ts'

const SOCKETS = 40
const TURNS = 16
const BETWEEN_MS = 200
const ANSWERED_WITHIN_MS = 5_000

export const rememberingSockets: Attack = {
  name: 'remembering-sockets',
  does: 'has 40 sockets of Responses remember 32 MB each',
  seconds: 6,
  async run(field) {
    const input = 'x'.repeat(2_000_000)
    const frame = JSON.stringify({
      type: 'response.create',
      model: KEPT_MODEL,
      generate: false,
      input: [{ role: 'user', content: input }],
    })
    await Promise.all(
      Array.from({ length: SOCKETS }, async (_, caller) => {
        const socket = await field.socket('/v1/responses', caller)
        if (!socket) return
        for (let turn = 0; turn < TURNS && !field.signal.aborted; turn++) {
          socket.send(frame)
          const bound = AbortSignal.any([field.signal, AbortSignal.timeout(ANSWERED_WITHIN_MS)])
          const answer = await once(socket, 'message', { signal: bound }).catch(() => undefined)
          // It keeps what it has, and asks for no more.
          if (String(answer?.[0]).startsWith('{"type":"error"')) break
          await field.pause(BETWEEN_MS)
        }
        await field.wait()
      }),
    )
  },
}

/** Each turn refers to the previous one. */
export const socketTurns: Attack = {
  name: 'socket-turns',
  does: 'takes turn after turn on sockets of Responses, each of a thousand items and leaning on the last',
  seconds: 4,
  run: (field) =>
    Promise.all(
      Array.from({ length: 4 }, async (_, caller) => {
        const socket = await field.socket('/v1/responses', caller)
        if (!socket) return
        const input = Array.from({ length: 1_000 }, () => ({ role: 'user', content: 'hello' }))
        let previous: string | undefined
        socket.on('message', (data: Buffer) => {
          previous = /"id":"(resp_[^"]+)"/.exec(data.toString())?.[1] ?? previous
        })
        while (!field.signal.aborted && socket.readyState === socket.OPEN) {
          const leaning = previous === undefined ? {} : { previous_response_id: previous }
          const frame = { type: 'response.create', model: GPT, generate: false, input, ...leaning }
          socket.send(JSON.stringify(frame))
          const bound = AbortSignal.any([field.signal, AbortSignal.timeout(ANSWERED_WITHIN_MS)])
          await once(socket, 'message', { signal: bound }).catch(() => undefined)
          await field.pause(5)
        }
      }),
    ),
}
