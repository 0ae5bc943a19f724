/** A stream around another one, which it passes on as it is. A subclass changes or reads a part of it. */
import type { GatewayError } from '#model'
import type { ByteString } from '#streams'
import type { Spent } from '../../record/spent.ts'
import type { LaneStream } from '../lane.ts'

export class WrappedStream implements LaneStream {
  readonly #inner: LaneStream

  constructor(inner: LaneStream) {
    this.#inner = inner
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
    return this.#inner.take()
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
