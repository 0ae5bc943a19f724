/** Writes the events of one answer for a decoder, and keeps the sentence well formed whatever the upstream does. */
import type { FinishReason, GatewayError, ModelEvent, PartOpening, Usage } from '#model'
import { type ByteString, unescapeJson } from '#streams'
import { withoutUndefined } from './fields.ts'

export interface AnswerWriter {
  /** Only the first call counts. */
  begin(id: string, model: string, usage?: Usage): void
  /** Opens the part where it is not open yet, and returns its index. */
  open(key: string, opening: () => PartOpening): number
  /** More of an open part. */
  write(index: number, text: string): void
  /** The same, still escaped as it stood in the upstream's JSON. */
  splice(index: number, escaped: ByteString): void
  isOpen(key: string): boolean
  /** Does nothing where the part is not open. */
  close(key: string, signature?: string): void
  /** Closes what is open, and ends. Only the first end counts. */
  finish(reason: FinishReason, usage: Usage, more?: EndDetails): void
  fail(error: GatewayError): void
  readonly begun: boolean
  readonly ended: boolean
}

/** What else is said of an end. */
type EndDetails = Partial<Record<'stopSequence' | 'vendorReason', string | undefined>>

/** A delta whose text is only unescaped where somebody reads it. */
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

export const createAnswerWriter = (emit: (event: ModelEvent) => void): AnswerWriter => {
  const open = new Map<string, number>()
  let parts = 0
  let begun = false
  let ended = false

  const close = (key: string, signature?: string): void => {
    const index = open.get(key)
    if (index === undefined) return
    open.delete(key)
    emit(
      signature === undefined
        ? { type: 'part-end', index }
        : { type: 'part-end', index, signature },
    )
  }

  return {
    begin(id, model, usage) {
      if (begun || ended) return
      begun = true
      emit(
        usage === undefined
          ? { type: 'message-start', id, model }
          : { type: 'message-start', id, model, usage },
      )
    },
    open(key, opening) {
      const known = open.get(key)
      if (known !== undefined) return known
      const index = parts++
      open.set(key, index)
      emit({ type: 'part-start', index, part: opening() })
      return index
    },
    write(index, text) {
      if (text !== '') emit({ type: 'part-delta', index, text })
    },
    splice(index, escaped) {
      if (escaped !== '') emit(new SplicedDelta(index, escaped))
    },
    isOpen: (key) => open.has(key),
    close,
    finish(reason, usage, more = {}) {
      if (ended) return
      ended = true
      for (const key of open.keys()) close(key)
      emit(withoutUndefined({ type: 'message-end', reason, usage, ...more } as ModelEvent))
    },
    fail(error) {
      if (ended) return
      ended = true
      emit({ type: 'error', error })
    },
    get begun() {
      return begun
    },
    get ended() {
      return ended
    },
  }
}
