/** Slots: leases that end when they are released. In this process nobody else can hold one, so none expires. */
import { type ClaimState, SLOT_RETRY_MS, type SlotClaim } from '../live-store.ts'
import { type Look, remainingOf } from './look.ts'

export const createSlots = () => {
  const leases = new Map<string, Set<string>>()

  const hold = ({ key, lease }: SlotClaim): void => {
    const others = leases.get(key)
    if (others) others.add(lease)
    else leases.set(key, new Set([lease]))
  }

  return {
    look(claim: SlotClaim): Look {
      const { key, max, lease } = claim
      const held = leases.get(key)
      const own = held?.has(lease) ?? false
      const count = held?.size ?? 0
      const toState = (taken: number): ClaimState => ({
        limit: max,
        remaining: remainingOf(max - taken),
        resetMs: taken === 0 ? 0 : SLOT_RETRY_MS,
      })
      return {
        fits: own || count < max,
        state: toState(count),
        retryAfterMs: SLOT_RETRY_MS,
        take() {
          hold(claim)
          return toState(own ? count : count + 1)
        },
      }
    },
    hold,
    release({ key, lease }: SlotClaim): void {
      const held = leases.get(key)
      if (held?.delete(lease) && held.size === 0) leases.delete(key)
    },
    get size() {
      return leases.size
    },
  }
}
