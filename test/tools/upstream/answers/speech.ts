/** An answer in one protocol: complete, or as the frames of its stream. */
import type { Answer, AnswerUsage } from './answer.ts'
import type { Sealer } from './signatures.ts'

export interface SpeechContext {
  /** What the prompt cache did, unless the answer says what was used. */
  cached?: Partial<AnswerUsage>
  body: Record<string, unknown>
  sealer: Sealer
  /** Unix time in milliseconds. */
  nowMs: number
  /** A fresh id with this prefix, `digits` long after it. */
  createId(prefix: string, digits?: number): string
}

export interface Speech {
  toJson(): object
  /** What it comes to, where the first answer only promises it. */
  whole?: object
  /** One string per event, ready for the wire. */
  frames(): Iterable<string>
  /** The protocol's error inside a stream. */
  errorFrame(type: string | undefined, message: string | undefined): string
}

export type Speak = (answer: Answer, context: SpeechContext) => Speech

export const dataFrame = (data: object | string) =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

export const eventFrame = (data: { type: string; [field: string]: unknown }) =>
  `event: ${data.type}\n${dataFrame(data)}`
