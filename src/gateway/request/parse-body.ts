/** Parses a complete body. */
import { GatewayError } from '#model'

/** Parses the body for a lane that must understand it. @throws GatewayError `invalid_request` */
export const parseBody = (body: Buffer): Record<string, unknown> => {
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>
  } catch (error) {
    // The parser's message quotes the prompt, so only the position is reported.
    const place = error instanceof Error ? /at position \d+/.exec(error.message)?.[0] : undefined
    throw new GatewayError(
      'invalid_request',
      `The body is not valid JSON${place ? ` (${place})` : ''}.`,
    )
  }
}
