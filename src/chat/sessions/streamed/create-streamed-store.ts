/**
 * The store of sessions with their events in streams, and all else in rows. What changes rows is written there first: what
 * a stream has lost then is only in the snapshot that the rows make.
 */
import { GatewayError } from '#model'
import type { LogStreams } from '#stores'
import type { SessionRows } from '../create-session-store.ts'
import {
  LOST_EVENTS,
  type OpenedSession,
  type SessionKey,
  type SessionStore,
  type StoredEvent,
} from '../session-store.ts'
import { createInOrder } from '../writing/in-order.ts'
import { createStreamNames, toStreamName } from './stream-names.ts'
import { withStream } from './with-stream.ts'

const BATCH_MS = 250

export const createStreamedStore = (rows: SessionRows, streams: LogStreams): SessionStore => {
  const inOrder = createInOrder()
  const names = createStreamNames(rows)

  const openBoth = async (
    key: SessionKey,
    mine: number | undefined,
  ): Promise<OpenedSession | undefined> => {
    const opened = await rows.open(key, mine)
    if (!opened) return undefined
    const name = names.remember(key, opened.session)
    const all = withStream(opened, await streams.open(name, opened.epoch))
    if (await rows.correctEpochs(key, all)) return all
    // Another process has opened it, which the first batch will show.
    if (await rows.find(key)) return all
    await streams.delete(name)
    return undefined
  }

  const appendEvents = async (
    key: SessionKey,
    epoch: number,
    events: readonly StoredEvent[],
  ): Promise<void> => {
    const name = await names.find(key)
    const from = events[0]?.from ?? 0
    const to = events.at(-1)?.seq ?? 0
    const appended =
      name === undefined
        ? 'fenced'
        : await streams.append(name, epoch, { from, to, text: JSON.stringify(events) })
    if (appended === 'fenced') throw new GatewayError('conflict', TAKEN_OVER)
    if (appended === 'lost')
      throw new GatewayError('store_unavailable', LOST, {
        vendorCode: LOST_EVENTS,
        retryAfterMs: BATCH_MS,
      })
  }

  return {
    ...rows,
    batchMs: BATCH_MS,
    open: (key, mine) => inOrder(nameOf(key), () => openBoth(key, mine)),
    append: (key, epoch, { events = [], ...rest }) =>
      inOrder(nameOf(key), async () => {
        const upTo = events.at(-1)?.seq
        const isOfRows = upTo === undefined || Object.keys(rest).length > 0
        if (isOfRows)
          await rows.append(key, epoch, { ...rest, ...(upTo !== undefined && { upTo }) })
        if (upTo !== undefined) await appendEvents(key, epoch, events)
      }),
    forget: (key, upTo) =>
      inOrder(nameOf(key), async () => {
        await rows.forget(key, upTo)
        const name = await names.find(key)
        if (name !== undefined) await streams.forget(name, upTo)
      }),
    delete: (key) =>
      inOrder(nameOf(key), async () => {
        const found = await rows.find(key)
        // An owner that still writes finds the rows gone when it opens the stream again.
        const isDeleted = await rows.delete(key)
        if (found) await streams.delete(toStreamName(found))
        return isDeleted
      }),
    async expire(now, limit, isUsed, onDeleted) {
      const deleted: Promise<void>[] = []
      const count = await rows.expire(now, limit, isUsed, (session) => {
        deleted.push(streams.delete(toStreamName(session)))
        onDeleted?.(session)
      })
      await Promise.all(deleted)
      return count
    },
  }
}

const TAKEN_OVER = 'Another process has taken the session over, or the session was deleted.'
const LOST = 'The log of the session has to be written again. Try again shortly.'

const nameOf = ({ owner, id }: SessionKey): string => JSON.stringify([owner, id])
