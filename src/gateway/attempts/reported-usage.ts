/** What an upstream reports of an answer that is a failure. An upstream that reports nothing bills nothing. */
import { parseObject } from '#model'
import { type ByteString, fromByteString } from '#streams'
import type { Lane, LaneStream } from '../lanes/lane.ts'
import type { Spent } from '../record/spent.ts'

export const reportedBy = (stream: LaneStream): Spent | undefined => {
  const { inputTokens, outputTokens } = stream.usage
  return inputTokens === undefined && outputTokens === undefined ? undefined : stream
}

/** For an answer that is not streamed. It may be something that cannot be read. */
export const reportedIn = (
  bytes: ByteString,
  { decodeUsage }: Lane['protocol'],
): Spent | undefined => {
  try {
    const body = parseObject(fromByteString(bytes))
    const usage = body && decodeUsage?.(body)
    return usage && { usage, outputCharacters: 0 }
  } catch {
    return undefined
  }
}
