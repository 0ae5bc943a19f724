/** What of a reader's position is still true. */
import { BEGINNING, type Position } from '#runs'
import type { OpenedSession } from '../../sessions/session-store.ts'

export interface Judged {
  /** The reader has everything up to this event. */
  readonly seq: number
  /** Present if it has something that is not in the log: what came after this position has to be taken back. */
  readonly rewindTo?: Position
}

interface Known extends Pick<OpenedSession, 'epoch' | 'epochs'> {
  readonly lastSeq: number
}

export const judgePosition = (position: Position, known: Known): Judged => {
  const last = lastOf(position.epoch, known)
  if (last === undefined) return position.seq === 0 ? { seq: 0 } : { seq: 0, rewindTo: BEGINNING }
  if (position.seq <= last) return { seq: position.seq }
  return { seq: last, rewindTo: { epoch: position.epoch, seq: last } }
}

/** The last event that this epoch and the ones before it have in common with the log. Undefined: nothing is known of it. */
const lastOf = (epoch: number, { epoch: current, epochs, lastSeq }: Known): number | undefined => {
  if (epoch === current) return lastSeq
  const oldest = epochs[0]
  if (epoch > current || !oldest || epoch < oldest.epoch) return undefined
  const next = epochs.find((each) => each.epoch > epoch)
  return next ? next.firstSeq - 1 : lastSeq
}
