/** Parses an event or an error as JSON. Undefined if it is not an object. */
import { isJsonObject, type JsonObject } from '#model'
import { type ByteString, fromByteString } from '#streams'

export const parseEvent = (data: ByteString): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(fromByteString(data))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
