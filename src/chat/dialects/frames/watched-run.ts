/** Finds the events of one run, which may not have started when it was asked for. */
import type { LogEvent, SessionMessage } from '#model'

export interface WatchedRun {
  /** Of the run, or of the message that it answers for as long as it has not started. */
  readonly about: string
  readonly hasStarted: boolean
  /** Whether it is an event of this run. */
  includes(event: LogEvent): boolean
  /** Whether it says that the run will not come: its message waited, and was removed. */
  isDroppedBy(event: LogEvent): boolean
  /** Its answer in a snapshot. */
  answerIn(messages: readonly SessionMessage[]): SessionMessage | undefined
}

/** In place of an id: whichever run has the next event. */
export const ANY_RUN = '*'

/** @param about the id of a run, of the message that it answers, or `ANY_RUN`. */
export const watchRun = (about: string): WatchedRun => {
  let id = about
  let hasStarted = about.startsWith('run_')
  const start = (runId: string): void => {
    id = runId
    hasStarted = true
  }

  return {
    get about() {
      return id
    },
    get hasStarted() {
      return hasStarted
    },
    includes(event) {
      if (event.type === 'run_start' && event.parent_id === id) start(event.run_id)
      if (id === ANY_RUN && 'run_id' in event) start(event.run_id)
      return 'run_id' in event && event.run_id === id
    },
    isDroppedBy: (event) =>
      (event.type === 'dequeued' && event.message_id === id) ||
      (event.type === 'history_cleared' && !hasStarted && id !== ANY_RUN),
    answerIn(messages) {
      const answer = messages.findLast(
        ({ run_id, parent_id, status }) =>
          run_id === id || parent_id === id || (id === ANY_RUN && status === 'running'),
      )
      if (answer?.run_id !== undefined) start(answer.run_id)
      return answer
    },
  }
}
