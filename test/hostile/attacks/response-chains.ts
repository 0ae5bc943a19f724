import type { Attack } from '../attack.ts'
import { KEPT_MODEL, store } from './stored.ts'

const TURN = 'x'.repeat(1_000_000)

export const responseChains: Attack = {
  name: 'response-chains',
  does: 'goes on from stored responses by a megabyte a turn, in 4 chains at once',
  seconds: 4,
  async run(field) {
    await store(field, {})
    const last: (string | undefined)[] = []
    await field.storm(4, async (turn) => {
      const chain = turn % 4
      const previous = last[chain]
      const leaning = previous === undefined ? {} : { previous_response_id: previous }
      const answer = await field.post('/v1/responses', {
        model: KEPT_MODEL,
        input: TURN,
        ...leaning,
      })
      last[chain] = answer?.status === 200 ? String(answer.json.id) : undefined
    })
  },
}
