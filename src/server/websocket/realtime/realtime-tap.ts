/** Adds up the usage of all responses of a realtime conversation. */
import { isJsonObject, type JsonObject, parseObject } from '#model'

export interface RealtimeTap {
  /** Reads a frame of the upstream's. @returns whether it ends a response. */
  see(data: Buffer): boolean
  readonly usage: Readonly<RealtimeUsage>
  /** The responses that have begun and not ended. */
  readonly responding: number
}

const NOTHING = {
  inputTokens: 0,
  cacheReadTokens: 0,
  audioInputTokens: 0,
  audioCacheReadTokens: 0,
  imageInputTokens: 0,
  imageCacheReadTokens: 0,
  outputTokens: 0,
  audioOutputTokens: 0,
}

type RealtimeUsage = Record<keyof typeof NOTHING, number>

export const createRealtimeTap = (): RealtimeTap => {
  const usage: RealtimeUsage = { ...NOTHING }
  let responding = 0

  return {
    see(data) {
      // Parsing is costly: most frames are long, and contain sound.
      if (!data.includes('"response.done"') && !data.includes('"response.created"')) return false
      const event = parseObject(data.toString('utf8'))
      if (event?.type === 'response.created') responding++
      if (event?.type !== 'response.done') return false
      responding = Math.max(0, responding - 1)
      if (isJsonObject(event.response) && isJsonObject(event.response.usage))
        add(usage, event.response.usage)
      return true
    },
    usage,
    get responding() {
      return responding
    },
  }
}

const add = (usage: RealtimeUsage, reported: JsonObject): void => {
  const input = toObject(reported.input_token_details)
  const cached = toObject(input.cached_tokens_details)
  const output = toObject(reported.output_token_details)
  usage.inputTokens += toCount(reported.input_tokens)
  usage.cacheReadTokens += toCount(input.cached_tokens)
  usage.audioInputTokens += toCount(input.audio_tokens)
  usage.audioCacheReadTokens += toCount(cached.audio_tokens)
  usage.imageInputTokens += toCount(input.image_tokens)
  usage.imageCacheReadTokens += toCount(cached.image_tokens)
  usage.outputTokens += toCount(reported.output_tokens)
  usage.audioOutputTokens += toCount(output.audio_tokens)
}

const toObject = (value: unknown): JsonObject => (isJsonObject(value) ? value : {})

const toCount = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
