/** Shorthand for the tests beside it: streams in, streams out. */
import type { JsonObject } from '#model'
import { openaiResponses, type TargetTraits } from '#protocols'
import { sseEvent } from '#streams'
import { toByteCodec } from '../byte-codec.ts'

export { ANSWER, request, toJson } from '../byte-codec.ts'

export const { decodeRequest, encodeRequest, decodeMessage, encodeMessage, encode, decode } =
  toByteCodec(openaiResponses)

export const TARGET: TargetTraits = { provider: 'openai', model: 'gpt-5.5' }

/** Events numbered as they come. */
export const stream = (...events: readonly JsonObject[]): Buffer =>
  Buffer.from(
    events
      .map((event, index) => sseEvent(String(event.type), { ...event, sequence_number: index }))
      .join(''),
    'latin1',
  )
