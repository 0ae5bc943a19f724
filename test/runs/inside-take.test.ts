/** What a reader may do while it takes: nobody misses an event, gets one twice, or is called inside itself. */
import { expect, it } from 'vitest'
import { createEventLog } from '#runs'
import { appendAll, follow, LETTERS } from '../tools/runs/readers.ts'

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

it('may append as others do, and no reader that is ready loses an event', () => {
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
