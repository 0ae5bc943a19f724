/**
 * Shortens a conversation in one call: https://developers.openai.com/api/reference/resources/responses/methods/compact
 */
import { isJsonObject, type JsonObject } from '#model'
import type { Compaction } from '../../protocol.ts'
import { toItemId } from '../items/item-ids.ts'
import { toItemList } from '../items/item-list.ts'
import { TRIGGER } from './summarise.ts'

export const compaction: Compaction = {
  toPath: () => '/responses',
  toRequest: (body) => ({
    ...body,
    // Invalid input is refused when the request is decoded.
    input: isInput(body.input) ? [...toItemList(body.input), { type: TRIGGER }] : body.input,
    background: false,
    stream: false,
    store: false,
  }),
  encodeAnswer({ id, created_at, output, usage }, { input }) {
    const kept = toItemList(input)
      .filter(isUserMessage)
      .map((message, index) => toOutput(message, toItemId(String(id), 'msg', index)))
    const made = Array.isArray(output) ? output : []
    return { id, object: 'response.compaction', created_at, output: [...kept, ...made], usage }
  },
}

const isInput = (input: unknown): boolean => Array.isArray(input) || typeof input === 'string'

const isUserMessage = (item: unknown): item is JsonObject =>
  isJsonObject(item) && (item.type ?? 'message') === 'message' && item.role === 'user'

const toOutput = (message: JsonObject, id: string): JsonObject => {
  const { content } = message
  return {
    ...message,
    id: typeof message.id === 'string' ? message.id : id,
    type: 'message',
    status: 'completed',
    content: typeof content === 'string' ? [{ type: 'input_text', text: content }] : content,
  }
}
