/** One reader of a session, on its way from what it has to the end of the log. */
import {
  GatewayError,
  type ReaderEvent,
  type SentEvent,
  type StampedEvent,
  toGatewayError,
} from '#model'
import { type Following, type LogReader, type Position, writePosition } from '#runs'
import type { SessionFollowing, SessionReader } from '../../chat.ts'
import { goingAway } from './leaving.ts'
import type { SessionLog } from './session-log.ts'

export interface FollowOptions {
  readonly log: SessionLog
  readonly reader: SessionReader
  readonly snapshot: () => Promise<Snapshot>
  /** Why the readers of this session were sent away. Undefined while they may read. */
  readonly gone: () => GatewayError | undefined
}

export interface Snapshot {
  readonly event: Extract<ReaderEvent, { type: 'snapshot' }>
  /** The last event that it includes. */
  readonly position: Position
}

const slowReader = (): GatewayError =>
  new GatewayError('client_stalled', 'The client read too slowly for too long.', {
    vendorCode: 'slow_reader',
  })

/** @param position undefined: from now on. */
export const followLog = async (
  options: FollowOptions,
  position: Position | undefined,
): Promise<SessionFollowing> => {
  const place = createPlace(options)
  await place.begin(position)
  return place.following
}

/** Reads the log for one reader, which may be full at any moment. */
const createPlace = ({ log, reader, snapshot, gone }: FollowOptions) => {
  let following: Following | undefined
  let position: Position = log.position
  let isOver = false
  /** The reader takes no more until it says so, before the log has asked it. */
  let isFull = false
  /** What the log has handed over while the reader was full. */
  let kept: readonly StampedEvent[] = []

  const leave = (reason: GatewayError): void => {
    if (isOver) return
    isOver = true
    reader.end(reason, position)
  }

  const give = (events: readonly SentEvent[]): boolean => {
    const last = events.at(-1)
    if (last?.seq !== undefined) position = { epoch: last.epoch, seq: last.seq }
    try {
      // It may call `resume` before it answers that it is full.
      isFull = true
      if (reader.take(events)) isFull = false
    } catch (thrown) {
      // Whoever cannot take an event does not keep the run and the other readers from going on.
      following?.stop()
      leave(toGatewayError(thrown))
    }
    return !isFull && !isOver
  }

  const logReader: LogReader<StampedEvent> = {
    take(entries) {
      const events = entries.map(({ event }) => event)
      if (!isFull) return give(events)
      kept = [...kept, ...events]
      return false
    },
    end(why) {
      if (why === 'forgotten') showAll().catch((thrown: unknown) => leave(toGatewayError(thrown)))
      else leave(why === 'slow' ? slowReader() : (gone() ?? goingAway()))
    },
  }

  const read = (seq: number): void => {
    if (isOver) return
    // A log that nobody may read any more says nothing to those who come late.
    const reason = gone()
    if (reason) return leave(reason)
    following = log.follow(seq, logReader)
    // It may have been stopped while it took what was there.
    if (isOver) following.stop()
  }

  /** What the reader has not read is no longer kept: it gets the messages, and reads on behind them. */
  const showAll = async (before: readonly SentEvent[] = []): Promise<void> => {
    const shown = await snapshot()
    if (isOver) return
    kept = []
    position = shown.position
    give([...before, { event: shown.event }])
    read(shown.position.seq)
  }

  const begin = async (asked: Position | undefined): Promise<void> => {
    if (!asked) return read(log.lastSeq)
    const { seq, rewindTo } = log.judge(asked)
    position = { ...asked, seq }
    const before: SentEvent[] = rewindTo
      ? [{ event: { type: 'rewind', to: writePosition(rewindTo) } }]
      : []
    if (seq + 1 < log.firstSeq) return showAll(before)
    if (before.length > 0) give(before)
    read(seq)
  }

  return {
    begin,
    following: {
      get position() {
        return position
      },
      resume() {
        isFull = false
        if (kept.length > 0) {
          const events = kept
          kept = []
          if (!give(events)) return
        }
        following?.resume()
      },
      stop() {
        isOver = true
        following?.stop()
      },
    } satisfies SessionFollowing,
  }
}
