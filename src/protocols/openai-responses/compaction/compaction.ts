/** A conversation made short at once: https://developers.openai.com/api/reference/resources/responses/methods/compact */
import { isJsonObject, type JsonObject } from '#model'
import type { Compaction } from '../../protocol.ts'
import { toItemId } from '../items/item-ids.ts'
import { toItemList } from '../items/item-list.ts'
import { TRIGGER } from './summarise.ts'

export const compaction: Compaction = {
  toPath: () => '/responses',
  toRequest: (body) => ({
    ...body,
    // What is no input, is refused where requests are read.
    input: isInput(body.input) ? [...toItemList(body.input), { type: TRIGGER }] : body.input,
    background: false,
    stream: false,
    store: false,
  }),
  encodeAnswer({ id, created_at, output, usage }, { input }) {
    const said = toItemList(input)
      .filter(isUserMessage)
      .map((message, index) => toOutput(message, toItemId(String(id), 'msg', index)))
    const made = Array.isArray(output) ? output : []
    return { id, object: 'response.compaction', created_at, output: [...said, ...made], usage }
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
