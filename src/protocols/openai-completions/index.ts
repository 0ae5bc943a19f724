/** OpenAI's Completions, with which editors request the text at the cursor. */
import { decodeEnding, decodeFacts } from '../openai-chat/index.ts'
import type { Protocol } from '../protocol.ts'
import { decodeEvents } from './decode-events.ts'
import { decodeMessage } from './decode-message.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeEvents } from './encode-events.ts'
import { encodeMessage } from './encode-message.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, encodeError, encodeStreamError } from './errors.ts'
import { decodeFault } from '../answers/stream-faults.ts'
import { createTap } from './tap.ts'
import { decodeUsage } from './usage.ts'

export const openaiCompletions: Protocol = {
  name: 'openai-completions',
  toPath: () => '/completions',
  errorsInStream: false,
  createTap,
  decodeUsage,
  decodeEnding,
  decodeFacts,
  decodeFault,
  decodeError,
  encodeError,
  encodeStreamError,
  codec: {
    decodeRequest,
    encodeRequest,
    decodeEvents,
    encodeEvents,
    decodeMessage,
    encodeMessage,
  },
}
