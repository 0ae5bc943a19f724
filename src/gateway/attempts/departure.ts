/** Why a call is given up from our side: its client left, or nobody will come back for its answer. */
import { clientLeft, GatewayError } from '#model'

export const departureOf = ({ reason }: AbortSignal): GatewayError =>
  reason instanceof GatewayError ? reason : clientLeft()
