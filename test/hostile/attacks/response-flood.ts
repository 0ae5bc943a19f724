import type { Attack } from '../attack.ts'
import { KEPT_MODEL, store } from './stored.ts'

export const responseFlood: Attack = {
  name: 'response-flood',
  does: 'stores a thousand small responses, and large ones of 4 MB, to push out those of others',
  seconds: 4,
  async run(field) {
    await store(field, {})
    const large = 'x'.repeat(4_000_000)
    await field.storm(4, (turn) =>
      field.post('/v1/responses', { model: KEPT_MODEL, input: turn % 4 === 0 ? large : 'hello' }),
    )
  },
}
