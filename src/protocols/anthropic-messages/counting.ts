/** Asks what a request would cost to read: https://platform.claude.com/docs/en/api/messages-count-tokens */
import type { Counting } from '../protocol.ts'

export const counting: Counting = {
  toPath: () => '/messages/count_tokens',
  // Counting generates no output, so no limit is sent; decoding a request requires one.
  toRequest: (body) => ({ max_tokens: 1, ...body }),
  encodeCount: (tokens) => ({ input_tokens: tokens }),
  decodeCount: ({ input_tokens: tokens }) => (typeof tokens === 'number' ? tokens : undefined),
}
