/** What an answer must know of its request. It is in the request's own extensions, so that a copy has it too. */
import type { Extensions, JsonObject, ModelRequest } from '#model'
import { PROTOCOL } from '../decode-content.ts'

export interface AnswerNotes {
  /** The body without its input, which the answer repeats word for word. */
  readonly body: JsonObject
  /** The answer is the summary of the conversation. */
  readonly isSummary: boolean
}

/** A symbol, since every string is a field of the request: it is sent, or named as dropped. */
export const NOTES = Symbol('notes for the answer')

interface OwnFields {
  readonly [NOTES]?: AnswerNotes
  readonly [field: string]: unknown
}

export const toExtensions = (
  fields: JsonObject,
  body: JsonObject,
  isSummary: boolean,
): Extensions => {
  const { input: _, ...repeated } = body
  const own: OwnFields = { ...fields, [NOTES]: { body: repeated, isSummary } }
  return { [PROTOCOL]: own }
}

export const notesOf = (request: ModelRequest | undefined): AnswerNotes | undefined => {
  const own: OwnFields | undefined = request?.extensions?.[PROTOCOL]
  return own?.[NOTES]
}

/** What an answer repeats of its request is held until the answer ends; the conversation is not. */
export const toRepeated = (request: ModelRequest): ModelRequest => ({ ...request, turns: [] })
