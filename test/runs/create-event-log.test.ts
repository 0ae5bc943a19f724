/** A log in this process: its numbers, what it keeps, and what each reader gets. */
import { describe, expect, it } from 'vitest'
import { createEventLog } from '#runs'
import { appendAll, follow, LETTERS } from '../tools/runs/readers.ts'

describe('a log', () => {
  it('numbers its events from 1, and measures what is kept', () => {
    const log = createEventLog(LETTERS)
    expect(log).toMatchObject({ firstSeq: 1, lastSeq: 0, bytes: 0, readers: 0 })
    expect([log.append('ab'), log.append('c')]).toEqual([1, 2])
    expect(log).toMatchObject({ firstSeq: 1, lastSeq: 2, bytes: 3 })
    log.forget(1)
    expect(log).toMatchObject({ firstSeq: 2, lastSeq: 2, bytes: 1 })
    log.forget(1)
    log.forget(99)
    expect(log).toMatchObject({ firstSeq: 3, lastSeq: 2, bytes: 0 })
    expect(log.append('d')).toBe(3)
  })

  it('may begin with another number', () => {
    const log = createEventLog({ ...LETTERS, firstSeq: 41 })
    expect(log).toMatchObject({ firstSeq: 41, lastSeq: 40 })
    expect(log.append('a')).toBe(41)
    expect(follow(log, 40).got).toEqual(['41-41 a'])
  })

  it('gives the kept events after a number as they are', () => {
    const log = createEventLog(LETTERS)
    appendAll(log, 'abcdefghij')
    log.forget(2)
    const textAfter = (seq: number) => log.entriesAfter(seq).map(({ event }) => event)
    expect(textAfter(0)).toEqual([...'cdefghij'])
    expect(textAfter(8)).toEqual(['i', 'j'])
    expect(textAfter(10)).toEqual([])
    expect(textAfter(99)).toEqual([])
    expect(log.entriesAfter(9)).toEqual([{ seq: 10, from: 10, event: 'j' }])
  })

  it('forgets the oldest events above its limit, many times over', () => {
    const log = createEventLog({ ...LETTERS, maxEvents: 100 })
    for (let count = 1; count <= 5_000; count++) {
      expect(log.append(String(count))).toBe(count)
      expect(log.lastSeq - log.firstSeq + 1).toBe(Math.min(count, 100))
    }
    expect(log.entriesAfter(0).map(({ event }) => event)).toEqual(
      Array.from({ length: 100 }, (_, index) => String(4_901 + index)),
    )
    expect(log.bytes).toBe(400)
  })
})

describe('a reader', () => {
  it('gets what is kept at once, new events as they come, and the end', () => {
    const log = createEventLog(LETTERS)
    appendAll(log, 'ab')
    const late = follow(log, 0)
    const live = follow(log, 2)
    expect(late.got).toEqual(['1-1 a, 2-2 b'])
    log.append('c')
    expect(late.got.slice(1)).toEqual(['3-3 c'])
    expect(live.got).toEqual(['3-3 c'])
    expect(live.following?.seq).toBe(3)
    expect(live.ended).toBeUndefined()
    log.end()
    expect([late.ended, live.ended, log.readers]).toEqual(['ended', 'ended', 0])
  })

  it('that follows after the end gets everything and the end', () => {
    const log = createEventLog(LETTERS)
    appendAll(log, 'ab')
    log.end()
    expect(follow(log, 1)).toMatchObject({ got: ['2-2 b'], ended: 'ended' })
  })

  it('that is full gets nothing until it resumes, and then everything in order', () => {
    const log = createEventLog(LETTERS)
    const reader = follow(log, 0, 1)
    appendAll(log, 'abc')
    log.end()
    expect(reader).toMatchObject({ got: ['1-1 a'], ended: undefined })
    reader.takes = 2
    reader.following?.resume()
    expect(reader).toMatchObject({ got: ['1-1 a', '2-2 b, 3-3 c'], ended: 'ended' })
  })

  it('that has paused gets nothing until it resumes', () => {
    const log = createEventLog(LETTERS)
    const reader = follow(log, 0)
    reader.following?.pause()
    appendAll(log, 'ab')
    expect(reader.got).toEqual([])
    reader.following?.resume()
    expect(reader.got).toEqual(['1-1 a, 2-2 b'])
  })

  it('that is far behind is handed a little at a time', () => {
    const log = createEventLog(LETTERS)
    for (let count = 0; count < 100; count++) log.append('x'.repeat(1024))
    const reader = follow(log, 0, 1)
    expect(reader.following?.seq).toBe(16)
    log.append('x'.repeat(1_000_000))
    log.append('y')
    reader.takes = Infinity
    reader.following?.resume()
    expect(reader.got.at(-1)).toBe('102-102 y')
  })

  it('that is ahead of the log waits for the event after its number', () => {
    const log = createEventLog(LETTERS)
    const reader = follow(log, 2)
    appendAll(log, 'abcd')
    expect(reader.got).toEqual(['3-3 c', '4-4 d'])
  })

  it('that has stopped gets nothing more, not even an end', () => {
    const log = createEventLog(LETTERS)
    const reader = follow(log, 0)
    reader.following?.stop()
    log.append('a')
    reader.following?.resume()
    log.end()
    log.drop()
    expect(reader).toMatchObject({ got: [], ended: undefined })
    expect(log.readers).toBe(0)
  })

  it('is sent away when all are dropped, and another one may follow', () => {
    const log = createEventLog(LETTERS)
    const readers = [follow(log, 0), follow(log, 0, 1)]
    appendAll(log, 'ab')
    log.drop()
    expect(readers.map(({ ended }) => ended)).toEqual(['dropped', 'dropped'])
    expect(log.readers).toBe(0)
    expect(follow(log, 0).got).toEqual(['1-1 a, 2-2 b'])
  })

  it('ends at once if what it asks for is forgotten', () => {
    const log = createEventLog(LETTERS)
    appendAll(log, 'abc')
    log.forget(2)
    expect(follow(log, 1)).toMatchObject({ got: [], ended: 'forgotten' })
    expect(follow(log, 2)).toMatchObject({ got: ['3-3 c'], ended: undefined })
    log.forget(3)
    expect(follow(log, 3).ended).toBeUndefined()
  })

  it('that is full ends when its next event is forgotten', () => {
    const log = createEventLog({ ...LETTERS, maxEvents: 3 })
    const full = follow(log, 0, 1)
    const quick = follow(log, 0)
    appendAll(log, 'abcd')
    expect(full.ended).toBeUndefined()
    log.append('e')
    expect(full).toMatchObject({ got: ['1-1 a'], ended: 'forgotten' })
    expect(quick.got).toHaveLength(5)
  })
})
