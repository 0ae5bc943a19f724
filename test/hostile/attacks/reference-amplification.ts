import type { Attack } from '../attack.ts'
import { KEPT_MODEL, store } from './stored.ts'

const TEXT_BYTES = 1_000_000
const REFERENCES = 30_000

export const referenceAmplification: Attack = {
  name: 'reference-amplification',
  does: 'names one stored item of 1 MB 30,000 times in a request of 2 MB, over HTTP and a socket',
  seconds: 4,
  async run(field) {
    const { itemId } = await store(field, { text: 'x'.repeat(TEXT_BYTES) })
    const reference = { type: 'item_reference', id: itemId }
    const body = { model: KEPT_MODEL, input: Array.from({ length: REFERENCES }, () => reference) }
    const frame = JSON.stringify({ type: 'response.create', ...body })
    const socket = await field.socket('/v1/responses')
    socket?.send(frame)
    await field.storm(2, async () => {
      const answer = await field.post('/v1/responses', body)
      if (answer?.status === 200) field.fail('30 GB of references were taken')
    })
  },
}
