/** Usage of an answer in progress, which some vendors report with every event. */
import { type JsonObject, parseObject, type Usage } from '#model'
import { type ByteString, fromByteString } from '#streams'

/** A count of zero has not been reported yet: a prompt is never empty, and neither is the output so far. */
export const toRunningUsage = (usage: Usage | undefined): Partial<Usage> => {
  if (!usage) return {}
  const { outputTokens, reasoningTokens, audioOutputTokens, imageOutputTokens, ...input } = usage
  return {
    ...(input.inputTokens > 0 ? input : {}),
    ...(outputTokens > 0 ? { outputTokens, reasoningTokens } : {}),
    ...(audioOutputTokens === undefined ? {} : { audioOutputTokens }),
    ...(imageOutputTokens === undefined ? {} : { imageOutputTokens }),
  }
}

/** At the start of an answer only the input is known; the reported output is a placeholder. */
export const toOpeningUsage = (usage: Usage | undefined): Partial<Usage> =>
  usage ? toRunningUsage({ ...usage, outputTokens: 0 }) : {}

interface UnreadUsage {
  /** Keeps a recognised event in place of the one before it. */
  keep(event: ByteString): void
  /** A newer event reports usage. */
  drop(): void
  /** Reads the event that is kept, when its usage is needed. */
  read(): void
}

/** Holds the last recognised event: its usage is read only if no newer event reports any. */
export const createUnreadUsage = (read: (event: JsonObject) => void): UnreadUsage => {
  let unread: ByteString = ''
  return {
    keep(event) {
      unread = event
    },
    drop() {
      unread = ''
    },
    read() {
      if (unread === '') return
      const event = parseObject(fromByteString(unread))
      unread = ''
      if (event) read(event)
    },
  }
}
