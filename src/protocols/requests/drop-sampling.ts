/** Sampling parameters in protocols that do not have them. */
import type { ModelRequest } from '#model'
import type { Drop } from '../protocol.ts'

/** Names the parameters that are dropped, in OpenAI's spelling. A penalty of 0 has no effect. */
export const dropSampling = (
  { seed, presencePenalty, frequencyPenalty }: ModelRequest,
  drop: Drop,
): void => {
  if (seed !== undefined) drop('seed')
  if (presencePenalty) drop('presence_penalty')
  if (frequencyPenalty) drop('frequency_penalty')
}
