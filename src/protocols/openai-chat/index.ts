/** OpenAI's Chat Completions, the protocol that most vendors speak. */
import type { Protocol } from '../protocol.ts'
import { decodeEvents } from './decode-events.ts'
import { decodeMessage } from './decode-message.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeEvents } from './encode-events.ts'
import { encodeMessage } from './encode-message.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, encodeError, encodeStreamError } from './errors.ts'
import { decodeEnding, decodeFacts } from './finish-reasons.ts'
import { createTap } from './tap.ts'
import { decodeFault } from '../answers/stream-faults.ts'
import { decodeUsage } from './usage.ts'

export { createAnswerReader } from './answer-reader.ts'
export { isAnthropicsChoice, isAnthropicsTool } from './decode-tools.ts'
export { decodeEnding, decodeFacts } from './finish-reasons.ts'
export { createSchemaFilter, type SchemaFilter } from './refused-keywords.ts'
export { isStrict, toParameters } from './schemas.ts'
export { decodeUsage, encodeUsage } from './usage.ts'

export const openaiChat: Protocol = {
  name: 'openai-chat',
  toPath: () => '/chat/completions',
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
