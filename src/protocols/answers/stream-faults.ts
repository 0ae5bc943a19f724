/**
 * Errors inside a stream, in any server's form: as an object, as flat fields, as text, in an event of that name, or in
 * a line that is one.
 */
import { type GatewayError, isJsonObject, type JsonObject } from '#model'
import { type ByteString, fromByteString } from '#streams'
import { decodeStreamError } from '../errors/openai-error.ts'

export interface StreamFault {
  readonly error: GatewayError
  /** Clients of the protocol would not recognise it as an error. */
  readonly isForeign: boolean
}

/** Longer than any vendor's message. */
const MAX_MESSAGE_CHARACTERS = 4096

const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Reports whether this replaces an answer, or part of one, with an error without an object. */
const isFlat = ({ choices, object, message, detail }: JsonObject): boolean => {
  if (Array.isArray(choices) && choices.length > 0) return false
  if (object === 'error') return true
  // A part of an answer, however small.
  if (isFilled(object)) return false
  return isFilled(message) || isJsonObject(message) || isFilled(detail) || Array.isArray(detail)
}

/** For a chunk or a complete answer. */
export const findFault = (chunk: JsonObject, event = ''): StreamFault | undefined => {
  const { error } = chunk
  if (error) {
    const isForeign = !isJsonObject(error) || typeof error.message !== 'string'
    return { error: decodeStreamError(chunk), isForeign }
  }
  if (event !== 'error' && !isFlat(chunk)) return undefined
  return { error: decodeStreamError(chunk), isForeign: true }
}

/** For a protocol with another error form, whose clients recognise none of these. */
export const findForeignFault = (event: JsonObject, name: ByteString): StreamFault | undefined => {
  const fault = findFault(event, name)
  return fault && { ...fault, isForeign: true }
}

/** For a complete answer. */
export const decodeFault = (answer: JsonObject): GatewayError | undefined =>
  findFault(answer)?.error

/** For an event without JSON. */
export const findFaultInText = (data: ByteString, event: ByteString): StreamFault | undefined => {
  if (event !== 'error') return undefined
  const message = fromByteString(data).trim().slice(0, MAX_MESSAGE_CHARACTERS)
  return { error: decodeStreamError({ message }), isForeign: true }
}
