/** How an answer is to be drawn, where a protocol has no words for it. */
import type { ModelRequest } from '#model'

/** Names what is lost, as OpenAI spells it; a penalty of 0 is none. */
export const dropSampling = (
  { seed, presencePenalty, frequencyPenalty }: ModelRequest,
  drop: (name: string) => void,
): void => {
  if (seed !== undefined) drop('seed')
  if (presencePenalty) drop('presence_penalty')
  if (frequencyPenalty) drop('frequency_penalty')
}
