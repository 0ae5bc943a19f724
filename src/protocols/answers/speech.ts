/** Texts, thoughts and refusals of an answer come one at a time: one ends where another begins. */
import type { AnswerWriter } from './answer-writer.ts'

export type SpeechKind = 'text' | 'reasoning' | 'refusal'

export interface Speech {
  /** What is open. */
  readonly kind: SpeechKind | undefined
  /** The part of this kind: the open one, or a new one. */
  open(kind: SpeechKind): number
  /** Ends what is open, if anything is. */
  close(signature?: string): void
}

export const createSpeech = (answer: AnswerWriter): Speech => {
  let current: SpeechKind | undefined
  const close = (signature?: string): void => {
    if (current !== undefined) answer.close(current, signature)
    current = undefined
  }
  return {
    get kind() {
      return current
    },
    open(kind) {
      if (current !== kind) close()
      current = kind
      return answer.open(kind, () => ({ kind }))
    },
    close,
  }
}
