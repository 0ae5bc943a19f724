/** What is in Redis about processes. A name that is owned is in no key, since its words are its user's. */
import { createHash } from 'node:crypto'

/** A sorted set of the lives of all processes, by the end of their leases. */
export const REGISTRY_KEY = 'sluice:{replicas}'

/** The lease of a process: the number of its life. */
export const toLeaseKey = (replica: string): string => `sluice:{replica:${replica}}`

/** A stream of what was sent to a process. */
export const toInboxKey = (replica: string): string => `${toLeaseKey(replica)}:inbox`

/** The life that owns a name. */
export const toOwnerKey = (name: string): string =>
  `sluice:owner:${createHash('sha256').update(name).digest('base64url')}`

/**
 * A process from one lease to its end. One that could not show that it is alive has another life afterwards, and owns
 * nothing of what it owned.
 */
export interface Life {
  readonly replica: string
  readonly number: number
}

export const writeLife = ({ replica, number }: Life): string => `${replica} ${number}`

export const readLife = (text: string): Life => {
  const at = text.lastIndexOf(' ')
  return { replica: text.slice(0, at), number: Number(text.slice(at + 1)) }
}
