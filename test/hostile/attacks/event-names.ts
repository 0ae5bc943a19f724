import { CHAT_END, chatEvent, LAST_CHUNK, openEvents, toChunk } from '../answers.ts'
import type { Attack } from '../attack.ts'
import { askEveryWay } from './hostile-streams.ts'

const NAME = 'n'.repeat(400_000)
const COMMENTS = 10_000
const COMMENTS_A_PIECE = 20
const PIECE = ': a comment\n'.repeat(COMMENTS_A_PIECE)

export const eventNames: Attack = {
  name: 'event-names',
  does: 'an upstream sends event names of 400 KB with 10,000 comments behind them',
  seconds: 4,
  async run(field) {
    field.upstream.play('names', async (visit) => {
      await openEvents(visit)
      await visit.write(toChunk(`event: ${NAME}\n`))
      for (let sent = 0; sent < COMMENTS; sent += COMMENTS_A_PIECE)
        if (!(await visit.write(toChunk(PIECE)))) return
      await visit.write(`${toChunk(`\n${chatEvent('ok')}${CHAT_END}`)}${LAST_CHUNK}`)
      visit.socket.end()
    })
    await askEveryWay(field, 'names', 3)
  },
}
