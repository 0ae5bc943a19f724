/** Where answers are kept: one character for each byte. */
import type { Caller } from '#access'
import type { ByteString } from '#streams'

export interface AnswerStore {
  /** Undefined if there is none, or if the store cannot be asked. Does not reject. */
  recall(key: string): ByteString | undefined | Promise<ByteString | undefined>
  /**
   * Resolves when the answer can be recalled, if it was kept. Does not reject.
   *
   * @param caller the one for whom it is kept.
   */
  keep(key: string, answer: ByteString, ttlMs: number, caller: Caller): void | Promise<void>
}
