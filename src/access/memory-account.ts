/** One budget for all memory that is held for callers, and a share of it for each of them. */
import { GatewayError } from '#model'
import type { Caller } from './caller.ts'

export interface MemoryAccountOptions {
  /** Of all callers together. */
  readonly maxBytes: number
  /** False: there is one caller only, and the whole budget is its own. */
  readonly shared: boolean
}

export interface MemoryAccount {
  /**
   * @param evicts whether what is kept only for later makes room for it.
   * @throws GatewayError `at_capacity`: 429 where the caller's share is used up, 503 where the budget is.
   */
  hold(caller: Caller, bytes: number, evicts?: boolean): MemoryHold
  /**
   * Asked before anybody is refused, for memory that is kept only for later.
   *
   * @param giveBack releases a part of what this caller holds, or anybody where none is named. False: there is none.
   */
  onShortage(giveBack: (callerId: string | undefined) => boolean): void
  readonly heldBytes: number
}

/** What one purpose holds for one caller: a body, a frame, what a socket remembers. */
export interface MemoryHold {
  readonly bytes: number
  /** @throws GatewayError as `hold` does; the hold stays as it was. */
  grow(bytes: number): void
  /** For memory that its owner can do without. False: there is no room, and the hold stays as it was. */
  tryGrow(bytes: number): boolean
  shrink(bytes: number): void
  /** Gives everything back. Later calls change nothing. */
  release(): void
}

export const createMemoryAccount = ({ maxBytes, shared }: MemoryAccountOptions): MemoryAccount => {
  const heldBy = new Map<string, number>()
  const reserves: ((callerId: string | undefined) => boolean)[] = []
  let heldBytes = 0

  /**
   * A caller may hold as much as is free for the others. One alone gets half of the budget, and `n` greedy
   * callers end with one part in `n + 1` each: some part is always free for the next one.
   */
  const refusal = (callerId: string, bytes: number): GatewayError | undefined => {
    const free = maxBytes - heldBytes - bytes
    if (free < 0) return budgetUsedUp()
    return shared && (heldBy.get(callerId) ?? 0) + bytes > free ? shareUsedUp() : undefined
  }

  /** What is kept only for later makes room first. */
  const refusalAfterAll = (callerId: string, bytes: number): GatewayError | undefined => {
    for (;;) {
      const refused = refusal(callerId, bytes)
      if (!refused || bytes > maxBytes) return refused
      const whose = refused.status === 429 ? callerId : undefined
      if (!reserves.some((giveBack) => giveBack(whose))) return refused
    }
  }

  const add = (callerId: string, bytes: number): void => {
    heldBytes += bytes
    const held = (heldBy.get(callerId) ?? 0) + bytes
    if (held === 0) heldBy.delete(callerId)
    else heldBy.set(callerId, held)
  }

  const sparing: Ledger = { refusal, add }
  const evicting: Ledger = { refusal: refusalAfterAll, add }

  return {
    hold({ id }, bytes, evicts = true) {
      const hold = new Hold(id, evicts ? evicting : sparing)
      hold.grow(bytes)
      return hold
    },
    onShortage: (giveBack) => void reserves.push(giveBack),
    get heldBytes() {
      return heldBytes
    },
  }
}

/** The books of the account, as one hold sees them. */
interface Ledger {
  refusal(callerId: string, bytes: number): GatewayError | undefined
  add(callerId: string, bytes: number): void
}

/** Every call has one at least: a class costs a tenth of what closures and getters of their own would. */
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

  /** Handed around as a function of its own. */
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
