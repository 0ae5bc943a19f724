/** Shows an answer to whoever records what is said. It is read in the client's dialect, which both lanes have. */
import { type ContentTrace, type GatewayError, parseObject } from '#model'
import { type Codec, NOTHING_TO_UNDO } from '#protocols'
import { type ByteString, createSseReader, fromByteString } from '#streams'
import type { Spent } from '../../record/spent.ts'
import type { Lane, LaneStream } from '../lane.ts'

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

class WatchedStream implements LaneStream {
  readonly #inner: LaneStream
  readonly #read: Read

  constructor(inner: LaneStream, read: Read) {
    this.#inner = inner
    this.#read = read
  }

  push(bytes: ByteString): void {
    this.#inner.push(bytes)
  }

  end(): void {
    this.#inner.end()
  }

  endIfWhole(): void {
    this.#inner.endIfWhole?.()
  }

  take(): ByteString {
    const bytes = this.#inner.take()
    this.#read(bytes)
    return bytes
  }

  encodeError(error: GatewayError): ByteString {
    return this.#inner.encodeError(error)
  }

  get started(): boolean {
    return this.#inner.started
  }

  get finished(): boolean {
    return this.#inner.finished
  }

  get error(): GatewayError | undefined {
    return this.#inner.error
  }

  get readyBytes(): number {
    return this.#inner.readyBytes
  }

  get heldBytes(): number {
    return this.#inner.heldBytes
  }

  get usage(): Spent['usage'] {
    return this.#inner.usage
  }

  get outputCharacters(): number {
    return this.#inner.outputCharacters
  }

  get ending(): Spent['ending'] {
    return this.#inner.ending
  }

  get answer(): Spent['answer'] {
    return this.#inner.answer
  }
}
