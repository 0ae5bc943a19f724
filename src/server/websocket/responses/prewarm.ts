/** A response that generates nothing: it only names the input on which the next turn builds. */
import { randomBytes } from 'node:crypto'
import type { JsonObject } from '#model'
import { NOTHING_ASKED, NOTHING_USED } from '#protocols'

export const toPrewarmEvents = (model: string): { id: string; events: readonly JsonObject[] } => {
  const id = `resp_${randomBytes(24).toString('hex')}`
  const response = {
    id,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    model,
    output: [],
    error: null,
    ...NOTHING_ASKED,
  }
  return {
    id,
    events: [
      {
        type: 'response.created',
        sequence_number: 0,
        response: { ...response, status: 'in_progress', usage: null },
      },
      {
        type: 'response.completed',
        sequence_number: 1,
        response: { ...response, status: 'completed', usage: NOTHING_USED },
      },
    ],
  }
}
