/** The runs whose answers a client of one branch is shown. One that goes on beside its branch is not. */
import type { SentEvent, SessionMessage } from '#model'

export interface ShownRuns {
  /** Shows the runs of this branch, and no others. */
  show(branch: readonly SessionMessage[]): void
  /** Whether the client is sent it. */
  has(event: SentEvent): boolean
}

/** Those that a client may go back to. */
const MAX_SHOWN_RUNS = 2_000

export const createShownRuns = (branch: readonly SessionMessage[]): ShownRuns => {
  let shown = idsOf(branch)

  return {
    show(other) {
      shown = idsOf(other)
    },
    has({ event }) {
      if (event.type === 'snapshot') shown = idsOf(event.messages)
      if (!('run_id' in event)) return true
      // A run begins on the branch that is shown.
      if (event.type === 'run_start') add(shown, event.run_id)
      return shown.has(event.run_id)
    },
  }
}

const add = (ids: Set<string>, id: string): void => {
  ids.add(id)
  const [oldest] = ids
  if (ids.size > MAX_SHOWN_RUNS && oldest !== undefined) ids.delete(oldest)
}

const idsOf = (branch: readonly SessionMessage[]): Set<string> =>
  new Set(branch.map(({ run_id: id }) => id).filter((id) => id !== undefined))
