/** Who is at a door, as it is written down for another process or for a later one. */
import { type Caller, scopeOf, type SentCaller, toSentCaller } from '#access'
import type { Visitor } from './chat.ts'
import type { SessionKey } from './sessions/session-store.ts'

/** JSON. */
export interface SentVisitor extends Omit<Visitor, 'caller' | 'network'> {
  readonly caller: SentCaller
  readonly network?: string | undefined
}

export const toSentVisitor = ({ caller, ...rest }: Visitor): SentVisitor => ({
  ...rest,
  caller: toSentCaller(caller),
})

/** Undefined if its caller may no longer call, or is not the owner of the session. */
export const fromSentVisitor = (
  { caller: sent, network, requestId, route }: SentVisitor,
  { owner }: Pick<SessionKey, 'owner'>,
  findCaller: (sent: SentCaller) => Caller | undefined,
): Visitor | undefined => {
  const caller = findCaller(sent)
  if (!caller || scopeOf(caller) !== owner) return undefined
  return { caller, network, requestId, route }
}
