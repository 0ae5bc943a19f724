/** One budget for all memory that is held for callers, with a share for each caller. */
import { GatewayError } from '#model'
import type { Caller } from './caller.ts'

export interface MemoryAccountOptions {
  /** For all callers together. */
  readonly maxBytes: number
  /** False: there is only one caller, which may use the complete budget. */
  readonly shared: boolean
}

export interface MemoryAccount {
  /**
   * @param evicts whether memory that is kept for later requests is released to make room.
   * @throws GatewayError `at_capacity`: 429 if the caller's share is used up, 503 if the budget is.
   */
  hold(caller: Caller, bytes: number, evicts?: boolean): MemoryHold
  /**
   * Registers an owner of memory that is only kept for later. It is asked before any caller is refused.
   *
   * @param release releases a part of what this caller holds, or any caller if none is named. False: nothing is left.
   * @param isSpare whether nobody relies on it. It is then asked first, and for every hold.
   */
  onShortage(release: Release, isSpare?: boolean): void
  readonly heldBytes: number
}

type Release = (callerId: string | undefined) => boolean

/** The bytes that one purpose holds for one caller: a body, a frame, the memory of a socket. */
export interface MemoryHold {
  readonly bytes: number
  /** @throws GatewayError as `hold` does; the hold then stays as it was. */
  grow(bytes: number): void
  /** For memory that its owner can do without. False: there is no room, and the hold stays as it was. */
  tryGrow(bytes: number): boolean
  shrink(bytes: number): void
  /** Releases everything. Later calls have no effect. */
  release(): void
}

/** @param budget is read whenever it is needed, so it may change. */
export const createMemoryAccount = (budget: MemoryAccountOptions): MemoryAccount => {
  const heldBy = new Map<string, number>()
  const spare: Release[] = []
  /** All of them, the spare ones first. */
  const reserves: Release[] = []
  let heldBytes = 0

  /**
   * A caller may hold as much as is still free. A single caller gets half of the budget, and `n` greedy
   * callers end up with one part in `n + 1` each, so that one part is always free for the next caller.
   */
  const refusal = (callerId: string, bytes: number): GatewayError | undefined => {
    const { maxBytes, shared } = budget
    const free = maxBytes - heldBytes - bytes
    if (free < 0) return budgetUsedUp()
    return shared && (heldBy.get(callerId) ?? 0) + bytes > free ? shareUsedUp() : undefined
  }

  /** Before it refuses, releases memory that is only kept for later. */
  const refusalAfter = (from: readonly Release[], callerId: string, bytes: number) => {
    for (;;) {
      const refused = refusal(callerId, bytes)
      if (!refused || bytes > budget.maxBytes) return refused
      const whose = refused.status === 429 ? callerId : undefined
      if (!from.some((release) => release(whose))) return refused
    }
  }

  const add = (callerId: string, bytes: number): void => {
    heldBytes += bytes
    const held = (heldBy.get(callerId) ?? 0) + bytes
    if (held === 0) heldBy.delete(callerId)
    else heldBy.set(callerId, held)
  }

  const sparing: Ledger = { refusal: (id, bytes) => refusalAfter(spare, id, bytes), add }
  const evicting: Ledger = { refusal: (id, bytes) => refusalAfter(reserves, id, bytes), add }

  return {
    hold({ id }, bytes, evicts = true) {
      const hold = new Hold(id, evicts ? evicting : sparing)
      hold.grow(bytes)
      return hold
    },
    onShortage(release, isSpare = false) {
      if (isSpare) spare.push(release)
      reserves.splice(isSpare ? 0 : reserves.length, 0, release)
    },
    get heldBytes() {
      return heldBytes
    },
  }
}

/** The parts of the account that a hold uses. */
interface Ledger {
  refusal(callerId: string, bytes: number): GatewayError | undefined
  add(callerId: string, bytes: number): void
}

/** Every call has at least one of these: a class costs a tenth of separate closures and getters. */
class Hold implements MemoryHold {
  readonly #callerId: string
  readonly #ledger: Ledger
  #bytes = 0
  #released = false

  constructor(callerId: string, ledger: Ledger) {
    this.#callerId = callerId
    this.#ledger = ledger
  }

  get bytes(): number {
    return this.#bytes
  }

  grow(more: number): void {
    const refused = this.#refusal(more)
    if (refused) throw refused
    if (!this.#released) this.#change(more)
  }

  tryGrow(more: number): boolean {
    if (this.#released || this.#refusal(more)) return false
    this.#change(more)
    return true
  }

  shrink(less: number): void {
    this.#change(-Math.min(less, this.#bytes))
  }

  /** A property, because it is passed around as a function. */
  readonly release = (): void => {
    if (this.#released) return
    this.#released = true
    this.#change(-this.#bytes)
  }

  #refusal(more: number): GatewayError | undefined {
    return this.#released ? undefined : this.#ledger.refusal(this.#callerId, more)
  }

  #change(by: number): void {
    this.#bytes += by
    this.#ledger.add(this.#callerId, by)
  }
}

const budgetUsedUp = (): GatewayError =>
  new GatewayError('at_capacity', 'The server holds as much as it can. Try again shortly.')

const shareUsedUp = (): GatewayError =>
  new GatewayError(
    'at_capacity',
    'This caller holds its share of the memory. Try again when earlier calls have ended.',
    { status: 429, vendorCode: 'share_used_up' },
  )
