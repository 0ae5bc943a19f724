/** Anthropic Messages. */
import type { Protocol } from '../protocol.ts'
import { counting } from './counting.ts'
import { decodeEvents } from './decode-events.ts'
import { decodeMessage } from './decode-message.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeEvents } from './encode-events.ts'
import { encodeMessage } from './encode-message.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, decodeFault, encodeError, encodeStreamError } from './errors.ts'
import { findForeignThinking } from './foreign-thinking.ts'
import { DEFAULT_ANTHROPIC_VERSION } from './headers.ts'
import { decodeEnding, decodeFacts } from './finish-reasons.ts'
import { findReferences, givenIds, keeps } from './references.ts'
import { createTap } from './tap.ts'
import { decodeUsage } from './usage.ts'

export { decodeBlock, isAnthropicsBlock } from './decode-content.ts'
export { toBlocks } from './known-fields.ts'

export const anthropicMessages: Protocol = {
  name: 'anthropic-messages',
  toPath: () => '/messages',
  requiredHeaders: { 'anthropic-version': DEFAULT_ANTHROPIC_VERSION },
  findForeign: findForeignThinking,
  findReferences,
  keeps,
  givenIds,
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
