/** Finds the events of a relayed stream that are not JSON, for clients that fall over them. */
import { parseObject } from '#model'
import { type ByteString, createSseReader, fromByteString } from '#streams'

/** A line that does not begin or end as an object does. It may still be a part of one, or a comment. */
const SUSPECT = /[^}\]\r\n]\r?\n|^data: ?(?!\{|\[DONE\]|\s)/m

/** A cheap check of many events at once: false if none of them is unreadable. */
export const mayBeUnreadable = (events: ByteString): boolean => SUSPECT.test(events)

export const isUnreadable = (event: ByteString): boolean => {
  let isJson = true
  createSseReader((data) => {
    isJson = data.trim() === '[DONE]' || parseObject(fromByteString(data)) !== undefined
  }).push(event)
  return !isJson
}
