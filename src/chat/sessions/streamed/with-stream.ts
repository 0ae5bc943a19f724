/** What rows and a stream have of one session, as its next owner needs it. */
import type { KeptStream } from '#stores'
import { endingWith, joinBatches } from '../kept-events.ts'
import type { Epoch, OpenedSession, StoredEvent } from '../session-store.ts'

export const withStream = (opened: OpenedSession, kept: KeptStream): OpenedSession => {
  const lastSeq = Math.max(opened.lastSeq, kept.lastSeq)
  const all = joinBatches([opened.events, ...kept.batches.map(toEvents)]).filter(
    ({ seq }) => seq > kept.forgottenSeq,
  )
  const events = endingWith(all, lastSeq)
  const cutSeq = Math.max(all.at(-1)?.seq ?? kept.lastSeq, opened.forgottenSeq)
  const isWhole = !lacksBeginning(opened, all)
  if (isWhole && (events.length > 0 || cutSeq >= lastSeq))
    return { ...opened, epochs: endEpochs(opened, lastSeq), lastSeq, events }
  // Nobody knows what a reader has of the rest. It takes that back, and gets a snapshot.
  const endSeq = Math.min(opened.lastSeq, cutSeq, lastSeq - 1)
  return {
    ...opened,
    epochs: endEpochs(opened, endSeq),
    lastSeq,
    events: [],
    cut: { lastSeq: Math.min(cutSeq, lastSeq), events: isWhole ? endingWith(all, cutSeq) : [] },
  }
}

/** The end of an answer says nothing without its beginning. */
const lacksBeginning = (
  { openRuns }: Pick<OpenedSession, 'openRuns'>,
  events: readonly StoredEvent[],
): boolean =>
  events[0]?.from !== 1 &&
  openRuns.some(
    ({ id }) => !events.some(({ event }) => event.type === 'run_start' && event.run_id === id),
  )

/** Earlier epochs end with this number at the latest: events of them may be lost. */
const endEpochs = ({ epoch, epochs }: OpenedSession, endSeq: number): readonly Epoch[] =>
  epochs.map((each) => ({
    ...each,
    firstSeq: each.epoch === epoch ? endSeq + 1 : Math.min(each.firstSeq, endSeq + 1),
  }))

const toEvents = (text: string): readonly StoredEvent[] => JSON.parse(text) as StoredEvent[]
