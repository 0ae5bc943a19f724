/** A log in this process: what each reader gets, when it is joined, and when it is sent away. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createEventLog, type EventLog, type Following, type LogOptions } from '#runs'

/** Text of one line is joined. */
const LETTERS: LogOptions<string> = {
  sizeOf: ({ length }) => length,
  join: (earlier, later) =>
    later === '\n' || earlier.endsWith('\n') ? undefined : earlier + later,
}

const SLOW = { maxEvents: 8, maxBytes: 1_000_000, forMs: 5_000 }

const appendAll = (log: EventLog<string>, events: Iterable<string>): void => {
  for (const event of events) log.append(event)
}

/** @param takes how many times it takes entries before it is full. */
const follow = (log: EventLog<string>, seq: number, takes = Infinity, onTake?: () => void) => {
  const reader = {
    takes,
    /** `from-seq text` of each entry, `|` between what was handed over at once. */
    got: [] as string[],
    ended: undefined as string | undefined,
    following: undefined as Following | undefined,
  }
  reader.following = log.follow(seq, {
    take(entries) {
      const texts = entries.map(({ from, seq: to, event }) => `${from}-${to} ${event}`)
      reader.got.push(texts.join(', '))
      reader.takes--
      onTake?.()
      return reader.takes > 0
    },
    end(why) {
      reader.ended = why
    },
  })
  return reader
}

const useFakeTimers = () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

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
    const log = createEventLog({ ...LETTERS, slow: SLOW })
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

describe('a slow reader', () => {
  it('gets text joined, with the numbers it covers, if half of what may wait for it does', () => {
    const log = createEventLog({ ...LETTERS, slow: SLOW })
    const full = follow(log, 0, 1)
    const quick = follow(log, 0)
    appendAll(log, ['a', 'b', 'c', '\n', 'd', 'e'])
    full.takes = Infinity
    full.following?.resume()
    expect(full.got.slice(1)).toEqual(['2-3 bc, 4-4 \n, 5-6 de'])
    expect(full.following?.seq).toBe(6)
    expect(quick.got).toHaveLength(6)
    log.append('f')
    expect(full.got.at(-1)).toBe('7-7 f')
  })

  it('gets single events if less than half waits', () => {
    const log = createEventLog({ ...LETTERS, slow: SLOW })
    const reader = follow(log, 0, 1)
    appendAll(log, 'abcd')
    reader.following?.resume()
    expect(reader.got.slice(1)).toEqual(['2-2 b, 3-3 c, 4-4 d'])
  })

  it('is judged by bytes as well', () => {
    const log = createEventLog({ ...LETTERS, slow: { ...SLOW, maxBytes: 20 } })
    const reader = follow(log, 0, 1)
    appendAll(log, ['a', '12345', '67890'])
    reader.following?.resume()
    expect(reader.got.slice(1)).toEqual(['2-3 1234567890'])
  })

  it('gets a long text joined in parts', () => {
    const log = createEventLog({ ...LETTERS, slow: SLOW })
    for (let count = 0; count < 100; count++) log.append('x'.repeat(1024))
    const reader = follow(log, 0)
    expect(reader.got.map((text) => text.split(' ')[0])).toEqual(['1-64', '65-100'])
  })

  it('ends if it takes nothing for a time while more waits than may', () => {
    useFakeTimers()
    const log = createEventLog({ ...LETTERS, slow: SLOW })
    const reader = follow(log, 0, 1)
    const quick = follow(log, 0)
    appendAll(log, 'a12345678')
    vi.advanceTimersByTime(60_000)
    expect(reader.ended).toBeUndefined()
    log.append('9')
    vi.advanceTimersByTime(4_999)
    log.append('!')
    expect(reader.ended).toBeUndefined()
    vi.advanceTimersByTime(1)
    expect(reader.ended).toBe('slow')
    expect(reader.following?.seq).toBe(1)
    expect([quick.ended, log.readers]).toEqual([undefined, 1])
  })

  it('has more time whenever it takes something', () => {
    useFakeTimers()
    const log = createEventLog({ ...LETTERS, slow: { ...SLOW, maxEvents: 1 } })
    const long = 'x'.repeat(64 * 1024)
    const reader = follow(log, 0, 1)
    appendAll(log, [long, long, long, long])
    vi.advanceTimersByTime(4_000)
    reader.following?.resume()
    vi.advanceTimersByTime(4_000)
    expect(reader).toMatchObject({ ended: undefined, following: { seq: 2 } })
    vi.advanceTimersByTime(1_000)
    expect(reader.ended).toBe('slow')
  })

  it.each([
    ['it catches up', (reader: ReturnType<typeof follow>) => reader.following?.resume()],
    ['it stops', (reader: ReturnType<typeof follow>) => reader.following?.stop()],
  ])('leaves no timer behind when %s', (_, act) => {
    useFakeTimers()
    const log = createEventLog({ ...LETTERS, slow: SLOW })
    const reader = follow(log, 0, 1)
    appendAll(log, 'a123456789')
    expect(vi.getTimerCount()).toBe(1)
    reader.takes = Infinity
    act(reader)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a reader that uses the log while it takes', () => {
  it('may append: every reader gets both events in order, and none is called inside itself', () => {
    const log = createEventLog(LETTERS)
    let depth = 0
    const appending = follow(log, 0, Infinity, () => {
      expect(depth++).toBe(0)
      if (log.lastSeq < 3) log.append(String(log.lastSeq))
      depth--
    })
    const other = follow(log, 0)
    expect(log.append('a')).toBe(1)
    const text = ['1-1 a', '2-2 1', '3-3 2']
    expect(appending.got).toEqual(text)
    expect(other.got.join(', ')).toBe(text.join(', '))
  })

  it('may append while it is handed what is kept', () => {
    const log = createEventLog(LETTERS)
    appendAll(log, 'ab')
    const other = follow(log, 2)
    const appending = follow(log, 0, Infinity, () => {
      if (log.lastSeq === 2) log.append('c')
    })
    expect(appending.got).toEqual(['1-1 a, 2-2 b', '3-3 c'])
    expect(other.got).toEqual(['3-3 c'])
  })

  it('may have another one follow', () => {
    const log = createEventLog(LETTERS)
    let inner: ReturnType<typeof follow> | undefined
    follow(log, 0, Infinity, () => (inner ??= follow(log, 0)))
    appendAll(log, 'ab')
    expect(inner?.got).toEqual(['1-1 a', '2-2 b'])
  })

  it('may stop itself and others', () => {
    const log = createEventLog(LETTERS)
    const first = follow(log, 0, Infinity, () => {
      first.following?.stop()
      second.following?.stop()
    })
    const second = follow(log, 0)
    appendAll(log, 'ab')
    log.end()
    expect(first).toMatchObject({ got: ['1-1 a'], ended: undefined })
    expect(second).toMatchObject({ got: [], ended: undefined })
  })

  it('may resume before it answers that it is full', () => {
    const log = createEventLog(LETTERS)
    const reader = follow(log, 0, 0, () => reader.following?.resume())
    appendAll(log, 'ab')
    expect(reader.got).toEqual(['1-1 a', '2-2 b'])
  })

  it('may end the log: it hears of it after it has taken', () => {
    const log = createEventLog(LETTERS)
    const reader = follow(log, 0, Infinity, () => {
      log.end()
      expect(reader.ended).toBeUndefined()
    })
    const other = follow(log, 0)
    log.append('a')
    expect([reader.ended, other.ended, other.got]).toEqual(['ended', 'ended', ['1-1 a']])
  })

  it('may send everybody away, itself included', () => {
    const log = createEventLog(LETTERS)
    const reader = follow(log, 0, Infinity, () => {
      log.drop()
      expect(reader.ended).toBeUndefined()
    })
    log.append('a')
    expect(reader.ended).toBe('dropped')
  })

  it('may send everybody away and stop, and then hears nothing', () => {
    const log = createEventLog(LETTERS)
    const reader = follow(log, 0, Infinity, () => {
      log.drop()
      reader.following?.stop()
    })
    log.append('a')
    expect(reader).toMatchObject({ got: ['1-1 a'], ended: undefined })
  })

  it('may append when the others have read before it', () => {
    const log = createEventLog(LETTERS)
    const other = follow(log, 0)
    follow(log, 0, Infinity, () => {
      if (log.lastSeq === 1) log.append('b')
    })
    log.append('a')
    expect(other.got).toEqual(['1-1 a', '2-2 b'])
  })

  it('may append as others do, and nobody loses an event that nobody had to wait for', () => {
    const log = createEventLog({ ...LETTERS, maxEvents: 1 })
    const append = () => {
      if (log.lastSeq < 9) log.append(String(log.lastSeq))
    }
    const readers = [follow(log, 0, Infinity, append), follow(log, 0, Infinity, append)]
    log.append('a')
    for (const reader of readers) {
      expect(reader).toMatchObject({ ended: undefined, following: { seq: 9 } })
      expect(reader.got.join(', ')).toMatch(/^1-1 a, 2-2 1, .*, 9-9 8$/)
    }
    expect(log.firstSeq).toBe(9)
  })

  it('is dropped if it throws, when the others have read', () => {
    const log = createEventLog(LETTERS)
    const failing = follow(log, 0, Infinity, () => {
      throw new Error('It cannot be encoded.')
    })
    const other = follow(log, 0)
    expect(() => log.append('a')).toThrow('It cannot be encoded.')
    expect(failing.ended).toBe('dropped')
    expect(other.got).toEqual(['1-1 a'])
    expect(log.append('b')).toBe(2)
    expect(log.readers).toBe(1)
  })
})
