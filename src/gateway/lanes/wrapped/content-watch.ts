/** Shows an answer to whoever records what is said. It is read in the client's dialect, which both lanes have. */
import { type ContentTrace, parseObject } from '#model'
import { type Codec, NOTHING_TO_UNDO } from '#protocols'
import { type ByteString, createSseReader, fromByteString } from '#streams'
import type { Lane, LaneStream } from '../lane.ts'
import { WrappedStream } from './wrapped-stream.ts'

export const watchContent = (lane: Lane, codec: Codec, content: ContentTrace): Lane => ({
  ...lane,
  openStream: () => new WatchedStream(lane.openStream(), createReader(codec, content)),
  convert(whole) {
    const answer = lane.convert(whole)
    createReader(codec, content)(answer.body)
    return answer
  },
})

type Read = (bytes: ByteString) => void

/** What it cannot read is not recorded, and is no failure. */
const createReader = (codec: Codec, content: ContentTrace): Read => {
  let isDone = false
  const decoder = codec.decodeEvents(NOTHING_TO_UNDO)((event) => content.event(event))
  const reader = createSseReader((data, event) => decoder.push({ data, event }))
  return (bytes) => {
    if (isDone || bytes === '') return
    try {
      const whole = bytes.startsWith('{') ? parseObject(fromByteString(bytes)) : undefined
      if (whole)
        for (const event of codec.decodeMessage(whole, NOTHING_TO_UNDO)) content.event(event)
      else reader.push(bytes)
    } catch {
      isDone = true
    }
  }
}

class WatchedStream extends WrappedStream {
  readonly #read: Read

  constructor(inner: LaneStream, read: Read) {
    super(inner)
    this.#read = read
  }

  override take(): ByteString {
    const bytes = super.take()
    this.#read(bytes)
    return bytes
  }
}
