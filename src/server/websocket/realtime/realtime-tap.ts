/** Adds up the usage of all responses of a realtime conversation. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import { toTokenCount } from '#protocols'

export interface RealtimeTap {
  /** Reads a frame of the upstream's. @returns whether it ends a response. */
  see(data: Buffer): boolean
  readonly usage: Readonly<RealtimeUsage>
  /** The responses that have begun and not ended. */
  readonly responding: number
  /** Something was used that another model charges for: what the user said was written down. */
  readonly isPartial: boolean
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
  /** Of one response, which has the price of its own length. */
  longestInputTokens: 0,
}

type RealtimeUsage = Record<keyof typeof NOTHING, number>

export const createRealtimeTap = (): RealtimeTap => {
  const usage: RealtimeUsage = { ...NOTHING }
  let responding = 0
  let isPartial = false

  return {
    see(data) {
      // Parsing is costly: most frames are long, and contain sound.
      if (!data.includes('"response.done"') && !data.includes('"response.created"')) {
        isPartial ||= data.subarray(0, HEAD).includes(TRANSCRIBED)
        return false
      }
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
    get isPartial() {
      return isPartial
    },
  }
}

/** An event begins with its type. */
const HEAD = 512
const TRANSCRIBED = '"conversation.item.input_audio_transcription.completed"'

const add = (usage: RealtimeUsage, reported: JsonObject): void => {
  const input = toObject(reported.input_token_details)
  const cached = toObject(input.cached_tokens_details)
  const output = toObject(reported.output_token_details)
  const inputTokens = toTokenCount(reported.input_tokens)
  usage.inputTokens += inputTokens
  usage.longestInputTokens = Math.max(usage.longestInputTokens, inputTokens)
  usage.cacheReadTokens += toTokenCount(input.cached_tokens)
  usage.audioInputTokens += toTokenCount(input.audio_tokens)
  usage.audioCacheReadTokens += toTokenCount(cached.audio_tokens)
  usage.imageInputTokens += toTokenCount(input.image_tokens)
  usage.imageCacheReadTokens += toTokenCount(cached.image_tokens)
  usage.outputTokens += toTokenCount(reported.output_tokens)
  usage.audioOutputTokens += toTokenCount(output.audio_tokens)
}

const toObject = (value: unknown): JsonObject => (isJsonObject(value) ? value : {})
