/** Streams in a real Redis, for as long as a test lasts. */
import { onTestFinished } from 'vitest'
import {
  createLogStreams,
  type LogStreams,
  type LogStreamsOptions,
  type StreamBatch,
} from '#stores'

export const openStreams = (options: LogStreamsOptions): LogStreams => {
  const streams = createLogStreams(options)
  onTestFinished(() => streams.close())
  return streams
}

/** Entries with these numbers, as one text. */
export const batchOf = (from: number, to: number, text = `${from} to ${to}`): StreamBatch => ({
  from,
  to,
  text,
})
