/** Usage of an answer that is under way, which some vendors tell with every event. */
import { type JsonObject, parseObject, type Usage } from '#model'
import { type ByteString, fromByteString } from '#streams'

/** What counts nothing was not told yet: a prompt is never empty, and what was said is more than nothing. */
export const toRunningUsage = (usage: Usage | undefined): Partial<Usage> => {
  if (!usage) return {}
  const { inputTokens, outputTokens, reasoningTokens, ...caches } = usage
  return {
    ...(inputTokens > 0 ? { inputTokens, ...caches } : {}),
    ...(outputTokens > 0 ? { outputTokens, reasoningTokens } : {}),
  }
}

/** Only the input is known where an answer begins: what is said of the output is a placeholder. */
export const toOpeningUsage = (usage: Usage | undefined): Partial<Usage> =>
  usage ? toRunningUsage({ ...usage, outputTokens: 0 }) : {}

interface UnreadUsage {
  /** An event that was known again, in place of the one before it. */
  keep(event: ByteString): void
  /** A newer event tells it. */
  drop(): void
  /** Somebody wants to know. */
  read(): void
}

/** The last event that was known again: the usage in it is read only where nothing newer tells any. */
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
