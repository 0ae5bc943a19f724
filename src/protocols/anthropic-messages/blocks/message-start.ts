/** The first event of a stream: a message that is still empty. */
import type { Usage } from '#model'
import { type ByteString, sseEvent } from '#streams'
import { encodeCompleteUsage } from '../usage.ts'

export const encodeMessageStart = (id: string, model: string, usage: Usage): ByteString =>
  sseEvent('message_start', {
    type: 'message_start',
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: encodeCompleteUsage(usage),
    },
  })
