/** OpenAI's Responses. */
import type { Protocol } from '../protocol.ts'
import { background } from './state/background.ts'
import { compaction } from './compaction/compaction.ts'
import { counting } from './counting.ts'
import { decodeEvents } from './decode-events.ts'
import { decodeMessage } from './decode-message.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeEvents } from './encode-events.ts'
import { encodeMessage } from './encode-message.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, decodeFault, encodeError, encodeStreamError } from './errors.ts'
import { findForeignReasoning } from './reasoning/foreign-reasoning.ts'
import { findOwnSummaries } from './compaction/own-summaries.ts'
import { findReferences, givenIds, keeps } from './state/references.ts'
import { findSealed } from './state/sealed-items.ts'
import { decodeEnding, decodeFacts, isPending } from './finish-reasons.ts'
import { toRepeated } from './response/answer-notes.ts'
import { createTap } from './tap.ts'
import { decodeUsage } from './usage.ts'

export { NOTHING_ASKED, NOTHING_USED } from './response/empty-response.ts'

export const openaiResponses: Protocol = {
  name: 'openai-responses',
  toPath: () => '/responses',
  findForeign: (body) => [...findForeignReasoning(body), ...findOwnSummaries(body)],
  findReferences,
  keeps,
  givenIds,
  findSealed,
  createTap,
  decodeUsage,
  isPending,
  decodeEnding,
  decodeFacts,
  decodeFault,
  decodeError,
  encodeError,
  encodeStreamError,
  codec: {
    decodeRequest,
    toRepeated,
    encodeRequest,
    decodeEvents,
    encodeEvents,
    decodeMessage,
    encodeMessage,
  },
  counting,
  background,
  compaction,
}
