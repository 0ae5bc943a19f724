/** The processes that this one knows: what was heard of each, and whether something is missing. */
import type { ReplicaListener } from '../replicas.ts'
import type { Batch } from './batches.ts'
import type { Life } from './keys.ts'

export interface Peers {
  /** Something was sent to it, or it owns something. */
  note(replica: string, life?: number): void
  hear(batch: Batch): void
  /** @param askedAtMs when Redis was asked who lives. Who was heard later is no matter of this answer. */
  compare(living: readonly Life[], askedAtMs: number): void
  /** All of them may have sent what did not arrive. */
  miss(): void
  readonly known: readonly string[]
}

interface Peer {
  /** Undefined until something of it was heard or seen. */
  life: number | undefined
  /** The last line and the last batch on it that were heard. */
  line: number
  number: number
  /** When it was certainly alive, or first of interest. */
  seenAtMs: number
}

/** @param tell called in the order of the events. @param onGone called before that is told. */
export const createPeers = (
  tell: (what: (listener: ReplicaListener) => void) => void,
  onGone: (replica: string) => void,
): Peers => {
  const peers = new Map<string, Peer>()

  const loseTouch = (replica: string): void => {
    peers.delete(replica)
    onGone(replica)
    tell((listener) => listener.gone(replica))
  }

  /** Undefined if that life has ended. */
  const meet = ({ replica, number }: Life): Peer | undefined => {
    const known = peers.get(replica)
    if (known?.life !== undefined) {
      if (number < known.life) return undefined
      // It has another life: of the one before, nothing is left.
      if (number > known.life) loseTouch(replica)
    }
    const peer = peers.get(replica) ?? { life: number, line: 0, number: 0, seenAtMs: 0 }
    peer.life = number
    peer.seenAtMs = performance.now()
    peers.set(replica, peer)
    return peer
  }

  return {
    note(replica, life) {
      if (life !== undefined) meet({ replica, number: life })
      else if (!peers.has(replica))
        peers.set(replica, { life, line: 0, number: 0, seenAtMs: performance.now() })
    },
    hear({ from, line, number, messages }) {
      const { replica } = from
      const peer = meet(from)
      if (!peer || line < peer.line) return
      const last = line === peer.line ? peer.number : 0
      // A new connection reads what has not been trimmed once more.
      if (number <= last) return
      const isContinued = number === last + 1 && (line === peer.line || peer.line === 0)
      peer.line = line
      peer.number = number
      if (!isContinued) tell((listener) => listener.missed(replica))
      if (!messages) return loseTouch(replica)
      for (const message of messages) tell((listener) => listener.message(replica, message))
    },
    compare(living, askedAtMs) {
      const lives = new Map(living.map(({ replica, number }) => [replica, number]))
      for (const [replica, { life, seenAtMs }] of peers) {
        if (seenAtMs >= askedAtMs) continue
        const number = lives.get(replica)
        if (number === undefined) loseTouch(replica)
        else if (number >= (life ?? 0)) meet({ replica, number })
      }
    },
    miss() {
      for (const [replica, peer] of peers) {
        peer.line = 0
        peer.number = 0
        tell((listener) => listener.missed(replica))
      }
    },
    get known() {
      return [...peers.keys()]
    },
  }
}
