/** Chooses the lane to a target. */
import type { Target } from '#router'
import type { GatewayCall } from '../call.ts'
import type { Envelope } from '../request/envelope.ts'
import { bringsTools, usableProtocols } from './choose-protocol.ts'

/** Whether the target receives the client's own bytes. */
export const isRelayed = (
  call: GatewayCall,
  envelope: Envelope,
  { provider, model }: Target,
): boolean =>
  provider.kind === 'http' &&
  !call.askedIn &&
  !call.asked &&
  usableProtocols(provider, model, bringsTools(call, envelope)).some(
    ({ name }) => name === call.protocol.name,
  )
