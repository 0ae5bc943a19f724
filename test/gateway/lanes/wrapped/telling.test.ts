/** What an attempt says is held until it is taken, and told with what the call has used so far. */
import { expect, it } from 'vitest'
import { cancelled, createDeparture, type ModelEvent, NO_USAGE } from '#model'
import { Telling } from '../../../../src/gateway/lanes/wrapped/telling.ts'
import { openTranslation } from '../../../../src/gateway/lanes/translate-lane.ts'
import type { Progress } from '../../../../src/gateway/call.ts'

const TARGET = { provider: 'openai', model: 'gpt-4o' }
const CONTEXT = {
  model: 'm',
  provider: 'openai',
  inputTokens: 0,
  usageInStream: true,
  createdAtMs: 0,
}

/** @param costs what the record says, one after another. */
const start = (costs: readonly (number | null)[]) => {
  const told: ModelEvent[] = []
  const progress: Progress[] = []
  const begun: unknown[] = []
  let asked = 0
  const signal = createDeparture()
  const telling = new Telling({
    listener: {
      begin: (target) => void begun.push(target),
      event(event, so) {
        told.push(event)
        progress.push(so)
      },
    },
    target: TARGET,
    signal,
    record: {
      soFar: ({ usage }) => ({
        usage: { ...NO_USAGE, outputTokens: usage.outputTokens ?? 0 },
        cost: costs[asked++] ?? null,
      }),
    },
    content: undefined,
  })
  let feed: (event: ModelEvent) => void = () => undefined
  const stream = telling.hear(
    openTranslation(
      (text) => text,
      (watch) => {
        const encoder = telling.codec.encodeEvents(CONTEXT)((bytes) => watch.write(bytes))
        feed = (event) => encoder.push(watch.event(event))
        return {
          push: () => undefined,
          end: () => encoder.end(),
          fail: (error) => encoder.push({ type: 'error', error }),
        }
      },
    ),
  )
  /** The events of one read. */
  const read = (...texts: readonly string[]): void => {
    for (const text of texts) feed({ type: 'part-delta', index: 0, text })
    stream.take()
  }
  return { stream, telling, told, progress, begun, signal, feed, read, asked: () => asked }
}

const LONG = 'x'.repeat(16)

it('nothing is told before the stream is taken', () => {
  const { stream, feed, told, begun } = start([])
  feed({ type: 'message-start', id: 'a', model: 'm' })
  expect([told, begun]).toEqual([[], []])
  expect(stream.take()).toBe('.')
  expect(begun).toEqual([TARGET])
  expect(told).toMatchObject([{ type: 'message-start' }])
  expect(stream.take()).toBe('')
})

it('the cost is computed once for all events of a read, and not for a read that changes nothing', () => {
  const { read, progress, told, asked } = start([1, 2])
  read(LONG, LONG, LONG)
  expect(asked()).toBe(1)
  read('')
  expect(asked()).toBe(1)
  read(LONG)
  expect(asked()).toBe(2)
  expect(told).toHaveLength(5)
  expect(progress.map(({ cost }) => cost)).toEqual([1, 1, 1, 1, 2])
})

it('neither cost nor tokens fall until the end, which has what is settled', () => {
  const { read, feed, stream, progress } = start([3, 2, 4, 5, 1])
  read(LONG)
  read(LONG)
  read(LONG)
  feed({ type: 'message-end', reason: 'stop', usage: { ...NO_USAGE, outputTokens: 2 } })
  stream.take()
  expect(progress.map(({ cost }) => cost)).toEqual([3, 3, 4, 1])
  expect(progress.map(({ outputTokens }) => outputTokens)).toEqual([4, 8, 12, 2])
})

it('a cost that nobody knows stays unknown', () => {
  const { read, progress } = start([null, null])
  read(LONG)
  read(LONG)
  expect(progress.map(({ cost }) => cost)).toEqual([null, null])
})

it('a listener that gives the call up hears nothing more of the same read', () => {
  const { stream, feed, told, signal } = start([])
  feed({ type: 'message-start', id: 'a', model: 'm' })
  stream.take()
  const push = told.push.bind(told)
  told.push = (...events) => {
    signal.abort(cancelled())
    return push(...events)
  }
  feed({ type: 'part-delta', index: 0, text: 'one' })
  feed({ type: 'part-delta', index: 0, text: 'two' })
  stream.take()
  feed({ type: 'part-delta', index: 0, text: 'three' })
  stream.take()
  expect(told.slice(1)).toMatchObject([{ text: 'one' }])
})

it('a failure is no event', () => {
  const { stream, read, told } = start([])
  read('one')
  stream.encodeError(cancelled())
  stream.take()
  expect(told).toMatchObject([{ text: 'one' }])
})
