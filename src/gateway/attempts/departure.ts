/** The reason why a call was aborted on our side: its client left, or its answer is not wanted any more. */
import { clientLeft, GatewayError } from '#model'

export const departureOf = ({ reason }: { readonly reason?: unknown }): GatewayError =>
  reason instanceof GatewayError ? reason : clientLeft()
