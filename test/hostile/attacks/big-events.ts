import { setImmediate } from 'node:timers/promises'
import { CHAT_END, chatEvent, LAST_CHUNK, openEvents, toChunk } from '../answers.ts'
import type { Attack } from '../attack.ts'
import { askEveryWay } from './hostile-streams.ts'

const EVENT_BYTES = 8_000_000
const PIECE = 'x'.repeat(8_000)

export const bigEvents: Attack = {
  name: 'big-events',
  does: 'an upstream sends events of 8 MB in pieces of 8 KB',
  seconds: 4,
  async run(field) {
    const [before = '', after = ''] = chatEvent('#').split('#')
    field.upstream.play('big', async (visit) => {
      await openEvents(visit)
      await visit.write(toChunk(before))
      for (let sent = 0; sent < EVENT_BYTES; sent += PIECE.length) {
        if (!(await visit.write(toChunk(PIECE)))) return
        // A piece is a read of its own.
        await setImmediate()
      }
      await visit.write(`${toChunk(`${after}${CHAT_END}`)}${LAST_CHUNK}`)
      visit.socket.end()
    })
    await askEveryWay(field, 'big', 3)
  },
}
