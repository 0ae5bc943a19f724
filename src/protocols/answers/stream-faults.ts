/**
 * Errors inside a stream, in whichever shape a server writes them: with an object of their own, flat, as text, in an
 * event that is named so, or in a line that is.
 */
import { type GatewayError, isJsonObject, type JsonObject } from '#model'
import { type ByteString, fromByteString } from '#streams'
import { decodeStreamError } from '../errors/openai-error.ts'

export interface StreamFault {
  readonly error: GatewayError
  /** Clients of the protocol do not know an error in it. */
  readonly isForeign: boolean
}

/** Enough for every message that a vendor writes. */
const MAX_MESSAGE_CHARACTERS = 4096

const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Whether what came in place of an answer, or of a part of it, is an error without an object of its own. */
const isFlat = ({ choices, object, message, detail }: JsonObject): boolean => {
  if (Array.isArray(choices) && choices.length > 0) return false
  if (object === 'error') return true
  // A part of an answer, however little of it there is.
  if (isFilled(object)) return false
  return isFilled(message) || isJsonObject(message) || isFilled(detail) || Array.isArray(detail)
}

/** Of a chunk, or of a whole answer. */
export const findFault = (chunk: JsonObject, event = ''): StreamFault | undefined => {
  const { error } = chunk
  if (error) {
    const isForeign = !isJsonObject(error) || typeof error.message !== 'string'
    return { error: decodeStreamError(chunk), isForeign }
  }
  if (event !== 'error' && !isFlat(chunk)) return undefined
  return { error: decodeStreamError(chunk), isForeign: true }
}

/** Of a protocol whose own errors are written otherwise: its clients know none of these. */
export const findForeignFault = (event: JsonObject, name: ByteString): StreamFault | undefined => {
  const fault = findFault(event, name)
  return fault && { ...fault, isForeign: true }
}

/** Of a whole answer. */
export const decodeFault = (answer: JsonObject): GatewayError | undefined =>
  findFault(answer)?.error

/** Of an event that holds no JSON. */
export const findFaultInText = (data: ByteString, event: ByteString): StreamFault | undefined => {
  if (event !== 'error') return undefined
  const message = fromByteString(data).trim().slice(0, MAX_MESSAGE_CHARACTERS)
  return { error: decodeStreamError({ message }), isForeign: true }
}
