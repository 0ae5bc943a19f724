/** The answer in progress, for a client that comes in the middle of it. */
import type { SessionMessage } from '#model'
import { readPosition } from '#runs'
import type { DialectSession } from '../dialect.ts'

export interface OpeningHistory {
  readonly complete: readonly SessionMessage[]
  /** What came of it before the connection was opened. What follows is sent as events. */
  readonly inProgress: SessionMessage | undefined
}

/** Nothing if the client reads on from a position: the events behind it contain all that it lacks. */
export const splitHistory = ({ history, activeRun, resumes }: DialectSession): OpeningHistory => {
  if (resumes) return { complete: [], inProgress: undefined }
  const isActive = ({ run_id }: SessionMessage): boolean =>
    activeRun !== undefined && run_id === activeRun
  return {
    complete: history.filter((message) => !isActive(message)),
    inProgress: history.find(isActive),
  }
}

export const findInProgress = (messages: readonly SessionMessage[]): SessionMessage | undefined =>
  messages.findLast(({ status }) => status === 'running')

/** The members of a frame that is not an event of the log: where it is, and of which run. */
export const stampOf = ({ run_id }: SessionMessage, position: string): object => ({
  run_id,
  ...readPosition(position),
})
