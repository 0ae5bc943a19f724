/** Asks what a request would cost to read: https://ai.google.dev/api/tokens */
import { isJsonObject } from '#model'
import type { Counting } from '../protocol.ts'
import { toModelPath } from './model-path.ts'
import { withCamelKeys } from './wire.ts'

export const counting: Counting = {
  toPath: (model) => `${toModelPath(model)}:countTokens`,
  toRequest(body) {
    const { generateContentRequest: request } = withCamelKeys(body)
    return isJsonObject(request) ? request : body
  },
  encodeCount: (tokens) => ({ totalTokens: tokens }),
  decodeCount: ({ totalTokens: tokens }) => (typeof tokens === 'number' ? tokens : undefined),
}
