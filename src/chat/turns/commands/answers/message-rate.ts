/** How many messages an owner may send: those that are answered count, on every door. */
import { createHash } from 'node:crypto'
import { ANONYMOUS, type Caller, scopeOf } from '#access'
import { GatewayError } from '#model'
import type { Surroundings } from '../../live/core.ts'

/** No client should ask again at once. */
const LEAST_WAIT_MS = 1_000

/** @throws GatewayError `rate_limited`, `store_unavailable` */
export const takeFromRate = async (
  { settings, live }: Pick<Surroundings, 'settings' | 'live'>,
  caller: Caller,
): Promise<void> => {
  const { messageRate } = settings()
  // Whoever needs no key is the only one on this machine.
  if (!messageRate || caller.id === ANONYMOUS.id) return
  const key = `{chat:${digestOf(scopeOf(caller))}}messages`
  const { allowed, retryAfterMs = 0 } = await live.take([
    { kind: 'bucket', key, ...messageRate, amount: 1 },
  ])
  if (allowed) return
  const waitMs = Math.max(retryAfterMs, LEAST_WAIT_MS)
  throw new GatewayError(
    'rate_limited',
    `The limit of ${messageRate.perMinute} messages a minute is reached. Please try again in ${Math.ceil(waitMs / 1000)}s.`,
    { retryAfterMs: waitMs },
  )
}

const digestOf = (owner: string): string =>
  createHash('sha256').update('sluice chat\0').update(owner).digest('hex').slice(0, 24)
