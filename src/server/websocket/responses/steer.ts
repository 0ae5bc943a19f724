/** Refuses `response.steer`: no upstream takes input in mid-response, so the input is returned. */
import { invalidRequest, isJsonObject, type JsonObject } from '#model'
import { bytesOf, type Frame, readText } from '../frames/frame-body.ts'

export const STEER = 'response.steer'

/** @throws GatewayError if the frame is not a valid `response.steer`. */
export const toSteerFailure = (frame: Frame): JsonObject => {
  const responseId = readText(frame, 'previous_response_id')
  if (responseId === undefined)
    throw invalidRequest("'previous_response_id' is required.", 'previous_response_id')
  return {
    type: `${STEER}.failed`,
    sequence_number: 0,
    steer: { input: readInput(frame), previous_response_id: responseId },
    error: {
      type: 'invalid_request_error',
      code: 'steering_not_supported',
      message:
        'A response cannot be steered here: send the input with the next response.create, or close the connection to end this one.',
    },
  }
}

const readInput = (frame: Frame): unknown => {
  const input = parse(bytesOf(frame, 'input'))
  if (typeof input === 'string' || (Array.isArray(input) && input.every(isJsonObject))) return input
  throw invalidRequest("'input' must be a string or a list of messages.", 'input')
}

const parse = (json: Buffer | undefined): unknown => {
  try {
    return json && JSON.parse(json.toString('utf8'))
  } catch {
    throw invalidRequest("'input' is not valid JSON.", 'input')
  }
}
