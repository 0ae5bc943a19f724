/** Asks what a request would cost to read: https://platform.openai.com/docs/api-reference/responses/input-tokens */
import type { Counting } from '../protocol.ts'

export const counting: Counting = {
  toPath: () => '/responses/input_tokens',
  toRequest: (body) => body,
  encodeCount: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
  decodeCount: ({ input_tokens: tokens }) => (typeof tokens === 'number' ? tokens : undefined),
}
