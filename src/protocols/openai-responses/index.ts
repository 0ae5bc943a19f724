/** OpenAI's Responses, relayed only. */
import type { Protocol } from '../protocol.ts'
import { decodeError, encodeError, encodeStreamError } from './errors.ts'
import { createTap } from './tap.ts'
import { decodeUsage } from './usage.ts'

export const openaiResponses: Protocol = {
  name: 'openai-responses',
  toPath: () => '/responses',
  createTap,
  decodeUsage,
  decodeError,
  encodeError,
  encodeStreamError,
}
