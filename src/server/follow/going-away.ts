/** Why a reader is sent away. */
import { type GatewayError, GOING_DOWN } from '#model'

/** The session continues: here after a restart, or in another process. */
export const isGoingAway = ({ code, message, vendorCode }: GatewayError): boolean =>
  code === 'conflict' || vendorCode === 'going_away' || message === GOING_DOWN
