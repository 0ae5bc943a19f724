/** Writes the events of one answer for a decoder, and keeps their order valid whatever the upstream does. */
import type { FinishReason, GatewayError, ModelEvent, PartOpening, Usage } from '#model'
import { type ByteString, unescapeJson } from '#streams'
import { withoutUndefined } from '../requests/fields.ts'

export interface AnswerWriter {
  /** Only the first call counts. */
  begin(id: string, model: string, usage?: Usage): void
  /** Opens the part if it is not open yet, and returns its index. */
  open(key: string, opening: () => PartOpening): number
  /** Appends to an open part. */
  write(index: number, text: string): void
  /** Appends text that is still escaped as in the upstream's JSON. */
  splice(index: number, escaped: ByteString): void
  isOpen(key: string): boolean
  /** Does nothing if the part is not open. */
  close(key: string, signature?: string): void
  /** Closes all open parts and ends the answer. Only the first end counts. */
  finish(reason: FinishReason, usage: Usage, more?: EndDetails): void
  fail(error: GatewayError): void
  readonly begun: boolean
  readonly ended: boolean
}

/** Optional details of an end. */
type EndDetails = Partial<Record<'stopSequence' | 'vendorReason', string | undefined>>

/** A delta whose text is unescaped only when it is read. */
class SplicedDelta {
  readonly type = 'part-delta'
  readonly index: number
  readonly escaped: ByteString

  constructor(index: number, escaped: ByteString) {
    this.index = index
    this.escaped = escaped
  }

  get text(): string {
    return unescapeJson(this.escaped)
  }
}

export const createAnswerWriter = (emit: (event: ModelEvent) => void): AnswerWriter =>
  new Writer(emit)

/** Every translated answer has one, and a class costs a tenth of the closures and getters. */
class Writer implements AnswerWriter {
  readonly #emit: (event: ModelEvent) => void
  readonly #open = new Map<string, number>()
  #parts = 0
  #begun = false
  #ended = false

  constructor(emit: (event: ModelEvent) => void) {
    this.#emit = emit
  }

  begin(id: string, model: string, usage?: Usage): void {
    if (this.#begun || this.#ended) return
    this.#begun = true
    this.#emit(
      usage === undefined
        ? { type: 'message-start', id, model }
        : { type: 'message-start', id, model, usage },
    )
  }

  open(key: string, opening: () => PartOpening): number {
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const index = this.#parts++
    this.#open.set(key, index)
    this.#emit({ type: 'part-start', index, part: opening() })
    return index
  }

  write(index: number, text: string): void {
    if (text !== '') this.#emit({ type: 'part-delta', index, text })
  }

  splice(index: number, escaped: ByteString): void {
    if (escaped !== '') this.#emit(new SplicedDelta(index, escaped))
  }

  isOpen(key: string): boolean {
    return this.#open.has(key)
  }

  close(key: string, signature?: string): void {
    const index = this.#open.get(key)
    if (index === undefined) return
    this.#open.delete(key)
    this.#emit(
      signature === undefined
        ? { type: 'part-end', index }
        : { type: 'part-end', index, signature },
    )
  }

  finish(reason: FinishReason, usage: Usage, more: EndDetails = {}): void {
    if (this.#ended) return
    this.#ended = true
    for (const key of this.#open.keys()) this.close(key)
    this.#emit(withoutUndefined({ type: 'message-end', reason, usage, ...more } as ModelEvent))
  }

  fail(error: GatewayError): void {
    if (this.#ended) return
    this.#ended = true
    this.#emit({ type: 'error', error })
  }

  get begun(): boolean {
    return this.#begun
  }

  get ended(): boolean {
    return this.#ended
  }
}
