/** Slots: leases that end when they are released. In this process nobody else can hold one, so none expires. */
import { type ClaimState, SLOT_RETRY_MS, type SlotClaim } from '../live-store.ts'
import { type Meter, remainingOf } from './meter.ts'

export interface Slots extends Meter<SlotClaim> {
  hold(claim: SlotClaim): void
  release(claim: SlotClaim): void
  readonly size: number
}

export const createSlots = (): Slots => {
  const leases = new Map<string, Set<string>>()

  const hold = ({ key, lease }: SlotClaim): void => {
    const others = leases.get(key)
    if (others) others.add(lease)
    else leases.set(key, new Set([lease]))
  }

  const look = ({ key, max }: SlotClaim): ClaimState => {
    const taken = leases.get(key)?.size ?? 0
    return {
      limit: max,
      remaining: remainingOf(max - taken),
      resetMs: taken === 0 ? 0 : SLOT_RETRY_MS,
    }
  }

  return {
    fits({ key, max, lease }) {
      const held = leases.get(key)
      return (held?.size ?? 0) < max || (held?.has(lease) ?? false)
    },
    look,
    retryAfterMs: () => SLOT_RETRY_MS,
    take(claim) {
      hold(claim)
      return look(claim)
    },
    hold,
    release({ key, lease }) {
      const held = leases.get(key)
      if (held?.delete(lease) && held.size === 0) leases.delete(key)
    },
    get size() {
      return leases.size
    },
  }
}
