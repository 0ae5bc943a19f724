/** Google's Gemini. */
import type { Protocol } from '../protocol.ts'
import { counting } from './counting.ts'
import { decodeEvents } from './decode-events.ts'
import { decodeMessage } from './decode-message.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeEvents } from './encode-events.ts'
import { encodeMessage } from './encode-message.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, decodeFault, encodeError, encodeStreamError } from './errors.ts'
import { findForeignThoughts } from './thoughts/foreign-thoughts.ts'
import { toModelPath } from './model-path.ts'
import { decodeEnding, decodeFacts } from './finish-reasons.ts'
import { createTap } from './tap.ts'
import { decodeUsage } from './usage.ts'

export { toModelPath } from './model-path.ts'
export { optionalList, withCamelKeys } from './wire.ts'

export const gemini: Protocol = {
  name: 'gemini',
  toPath: (model, stream) =>
    `${toModelPath(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  commentsInStream: false,
  findForeign: findForeignThoughts,
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
  counting,
}
