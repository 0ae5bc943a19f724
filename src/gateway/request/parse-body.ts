/** Reads a complete body. */
import { GatewayError } from '#model'

/** The whole body, for the lane that must understand it. @throws GatewayError `invalid_request` */
export const parseBody = (body: Buffer): Record<string, unknown> => {
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>
  } catch (error) {
    // The parser quotes what it stumbles over, which is the prompt; only the place is given on.
    const place = error instanceof Error ? /at position \d+/.exec(error.message)?.[0] : undefined
    throw new GatewayError(
      'invalid_request',
      `The body is not valid JSON${place ? ` (${place})` : ''}.`,
    )
  }
}
