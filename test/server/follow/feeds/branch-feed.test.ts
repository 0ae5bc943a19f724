import { describe, expect, it } from 'vitest'
import type { JoinedSession, SessionReader } from '#chat'
import type { LogEvent, SentEvent, SessionMessage } from '#model'
import { GatewayError } from '#model'
import type { Position } from '#runs'
import {
  createBranchFeed,
  oneBranch,
  type Shown,
} from '../../../../src/server/follow/feeds/branch-feed.ts'

const at = (seq: number): Position => ({ epoch: 1, seq })
const event = (seq: number, written: LogEvent): SentEvent => ({ ...at(seq), at: 0, event: written })
const message = (seq: number) =>
  event(seq, { type: 'user_message', message_id: `m${seq}`, parent_id: null, content: 'Hi' })
const head = (seq: number) => event(seq, { type: 'head', message_id: `m${seq}` })

const runStart = (seq: number, id: string) =>
  event(seq, { type: 'run_start', run_id: id, message_id: `m${seq}`, parent_id: null, model: 'm' })
const token = (seq: number, id: string) =>
  event(seq, { type: 'token', run_id: id, part: 0, token: 'a', token_count: 1, cost: 0 })
const answerOf = (id: string) => ({ message_id: 'm1', run_id: id }) as SessionMessage

/** A session whose snapshots are given by hand. */
const startFeed = (branch: readonly SessionMessage[] = [], shown: Shown = oneBranch(branch)) => {
  const taken: SentEvent[] = []
  const ends: GatewayError[] = []
  const follows: { readonly from: Position; readonly reader: SessionReader }[] = []
  const snapshots: PromiseWithResolvers<Position>[] = []
  const joined = {
    follow: async (from: Position, reader: SessionReader) => {
      follows.push({ from, reader })
      return { position: from, resume: () => undefined, stop: () => undefined }
    },
    snapshot: async () => {
      const asked = Promise.withResolvers<Position>()
      snapshots.push(asked)
      return { messages: [], position: await asked.promise }
    },
  } as unknown as JoinedSession
  const feed = createBranchFeed(
    joined,
    at(0),
    {
      take: (events) => taken.push(...events) > 0,
      end: (reason) => void ends.push(reason),
    },
    shown,
  )
  void feed.start(at(0))
  const give = (...events: SentEvent[]) => follows.at(-1)?.reader.take(events)
  const settle = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
  return { feed, taken, ends, follows, snapshots, give, settle }
}

const snapshotAt = (position: string): SentEvent => ({
  event: { type: 'snapshot', messages: [], position },
})

describe('a feed of one branch', () => {
  it('sends a snapshot where the head moves, and reads on behind it', async () => {
    const { feed, taken, follows, snapshots, give, settle } = startFeed()
    expect(give(message(1), head(2), message(3))).toBe(false)
    expect(taken).toEqual([message(1)])
    expect(feed.position).toEqual(at(1))
    give(message(4))
    snapshots[0]?.resolve(at(7))
    await settle()
    expect(taken).toEqual([message(1), snapshotAt('1.7')])
    expect(follows.map(({ from }) => from)).toEqual([at(0), at(7)])
    expect(give(message(8))).toBe(true)
    expect(taken.at(-1)).toEqual(message(8))
  })

  it('is where it was before, if the head moves first', () => {
    const { feed, give } = startFeed()
    give(head(5))
    expect(feed.position).toEqual(at(4))
  })

  it.each([
    ['begins elsewhere', (feed: ReturnType<typeof startFeed>['feed']) => void feed.start(at(0))],
    ['stops', (feed: ReturnType<typeof startFeed>['feed']) => feed.stop()],
  ])('sends no snapshot after it %s', async (_, act) => {
    const { feed, taken, snapshots, give, settle } = startFeed()
    give(message(1), head(2))
    act(feed)
    snapshots[0]?.resolve(at(7))
    await settle()
    expect(taken).toEqual([message(1)])
  })

  it('sends nothing more of a run that goes on beside the branch that is chosen', async () => {
    const { taken, snapshots, give, settle } = startFeed()
    give(runStart(1, 'run_a'), token(2, 'run_a'), head(3))
    snapshots[0]?.resolve(at(3))
    await settle()
    give(token(4, 'run_a'), runStart(5, 'run_b'), token(6, 'run_b'))
    expect(taken.flatMap(({ seq }) => seq ?? [])).toEqual([1, 2, 5, 6])
  })

  it('sends the rest of a run only to a client on its branch', () => {
    const on = startFeed([answerOf('run_a')])
    on.give(token(4, 'run_a'))
    expect(on.taken).toEqual([token(4, 'run_a')])
    const beside = startFeed([answerOf('run_b')])
    beside.give(token(4, 'run_a'))
    expect(beside.taken).toEqual([])
  })

  it('ends with what the snapshot fails with', async () => {
    const { ends, snapshots, give, settle } = startFeed()
    give(head(1))
    const reason = new GatewayError('store_unavailable', 'Not now.')
    snapshots[0]?.reject(reason)
    await settle()
    expect(ends).toEqual([reason])
  })
})
