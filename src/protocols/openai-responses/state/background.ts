/** A response that is returned before it is generated: https://developers.openai.com/api/docs/guides/background */
import { sseEvent } from '#streams'
import type { Background } from '../../protocol.ts'
import { toResponseId } from '../items/item-ids.ts'
import { toResponse } from '../response/response-object.ts'

export const background: Background = {
  createId: (createdAtMs) => toResponseId('', createdAtMs),
  promise: (id, answer) => ({ ...toResponse(id, answer), status: 'queued' }),
  encodeEvent(name, sequence, response) {
    const type = `response.${name}`
    return sseEvent(type, { type, sequence_number: sequence, response })
  },
}
