/** The position that a client names. */
import { GatewayError } from '#model'
import { type Position, readPosition } from '#runs'

/** @throws GatewayError `invalid_request` */
export const readAskedPosition = (text: string): Position => {
  const position = readPosition(text)
  if (position) return position
  throw new GatewayError(
    'invalid_request',
    "'position' must be a position that was sent before: two numbers with a dot between them.",
    { param: 'position', vendorCode: 'invalid_position' },
  )
}
