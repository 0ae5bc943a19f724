/** Writes an answer that is not streamed: the payload of the last event of its stream. */
import { type GatewayError, type JsonObject, type ModelMessage, unfoldMessage } from '#model'
import { type ByteString, fromByteString } from '#streams'
import type { AnswerContext } from '../protocol.ts'
import { writeAnswer } from './encode-events.ts'

export const encodeMessage = (message: ModelMessage, answer: AnswerContext): JsonObject => {
  let response: ByteString = ''
  let error: GatewayError | undefined
  const translation = writeAnswer(answer, () => undefined, {
    completed: (json) => void (response = json),
    failed: (reason) => void (error = reason),
  })
  for (const event of unfoldMessage(message)) translation.push(event)
  translation.end()
  if (error) throw error
  const body = JSON.parse(fromByteString(response)) as JsonObject
  answer.remember?.(body)
  return body
}
