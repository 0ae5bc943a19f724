import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createTape, type Tape } from '../../../src/gateway/cache/tape.ts'

const start = ({ maxBytes = 10_000, hasMemory = true } = {}) => {
  const seen = { resumed: 0, overflowed: 0 }
  const tape = createTape({
    maxBytes,
    onResume: () => void seen.resumed++,
    tryHold: () => hasMemory,
    onOverflow: () => void seen.overflowed++,
  })
  return { tape, seen }
}

/** A reader whose connection is full after each write until `isReady`. */
const follow = (tape: Tape, isReady = true, toOwn?: (piece: string) => string) => {
  const reader = { got: '', ready: isReady, ended: '', told: '' }
  const reading = tape.follow({
    toOwn,
    onEnd: () => void (reader.told = 'end'),
    onCut: () => void (reader.told = 'cut'),
  })
  reading.channel.readTo({
    write(bytes) {
      reader.got += bytes
      return reader.ready
    },
    end: () => void (reader.ended = 'end'),
    abort: () => void (reader.ended = 'abort'),
  })
  return { reader, reading }
}

describe('a tape', () => {
  it('gives every reader everything, in whatever order they come', () => {
    const { tape } = start()
    const first = follow(tape)
    tape.write('one ')
    const second = follow(tape)
    tape.write('two')
    tape.finish()
    const third = follow(tape)
    for (const { reader } of [first, second, third])
      expect(reader).toMatchObject({ got: 'one two', ended: 'end', told: 'end' })
    expect(tape.take()).toBe('one two')
  })

  it('asks the writer to pause while nobody reads, and to resume when one does', () => {
    const { tape, seen } = start()
    const slow = follow(tape, false)
    const slower = follow(tape, false)
    expect(tape.write('one')).toBe(false)
    expect(slow.reader.got).toBe('one')
    slow.reader.ready = true
    const before = seen.resumed
    slow.reading.channel.resume()
    expect(seen.resumed).toBe(before + 1)
    expect(tape.write('two')).toBe(true)
    expect(slow.reader.got).toBe('onetwo')
    expect(slower.reader.got).toBe('one')
  })

  it('asks the writer to resume for a reader that comes while nobody else reads', () => {
    const { tape, seen } = start()
    follow(tape, false)
    tape.write('one')
    const before = seen.resumed
    const late = follow(tape)
    expect(seen.resumed).toBe(before + 1)
    tape.write('two')
    expect(late.reader.got).toBe('onetwo')
  })

  it('lets a reader that has caught up late end late', () => {
    const { tape } = start()
    const { reader, reading } = follow(tape, false)
    tape.write('one')
    tape.write('two')
    tape.finish()
    expect(reader).toMatchObject({ got: 'one', ended: '' })
    reader.ready = true
    reading.channel.resume()
    expect(reader).toMatchObject({ got: 'onetwo', ended: 'end', told: 'end' })
  })

  it.each([
    ['it is longer than may be held', { maxBytes: 200 }],
    ['there is no memory for it', { hasMemory: false }],
  ])('keeps nothing that was read if %s', (_, options) => {
    const { tape, seen } = start(options)
    const { reader } = follow(tape)
    for (let piece = 0; piece < 10; piece++) tape.write('x'.repeat(100))
    tape.finish()
    expect(seen.overflowed).toBe(1)
    expect(reader).toMatchObject({ got: 'x'.repeat(1000), ended: 'end' })
    expect(tape.take()).toBeUndefined()
  })

  it('cuts a reader that is too far behind the others', () => {
    const { tape } = start({ maxBytes: 500 })
    const slow = follow(tape, false)
    const fast = follow(tape)
    for (let piece = 0; piece < 10; piece++) expect(tape.write('x'.repeat(100))).toBe(true)
    tape.finish()
    expect(slow.reader).toMatchObject({ got: 'x'.repeat(100), ended: 'abort', told: 'cut' })
    expect(fast.reader).toMatchObject({ got: 'x'.repeat(1000), ended: 'end' })
  })

  it('breaks every reader that has not read everything when it is aborted', () => {
    const { tape } = start()
    const { reader } = follow(tape)
    tape.write('one')
    tape.abort()
    tape.finish()
    expect(reader).toMatchObject({ got: 'one', ended: 'abort', told: 'cut' })
    expect(tape.take()).toBeUndefined()
  })

  it('gives a reader its own form of each piece', () => {
    const { tape } = start()
    const { reader } = follow(tape)
    const shout = follow(tape, true, (piece) => piece.toUpperCase())
    tape.write('one ')
    tape.write('two')
    tape.finish()
    expect(reader.got).toBe('one two')
    expect(shout.reader.got).toBe('ONE TWO')
    expect(tape.take()).toBe('one two')
  })

  it('cuts a reader that reads nothing of what is complete for five minutes', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { tape } = start()
    const { reader, reading } = follow(tape, false)
    for (const piece of ['one', 'two', 'three']) tape.write(piece)
    // Its stream is not complete, and has deadlines of its own.
    vi.advanceTimersByTime(400_000)
    expect(reader.ended).toBe('')
    tape.finish()
    vi.advanceTimersByTime(299_000)
    reading.channel.resume()
    vi.advanceTimersByTime(299_000)
    expect(reader).toMatchObject({ got: 'onetwo', ended: '' })
    vi.advanceTimersByTime(1_000)
    expect(reader).toMatchObject({ got: 'onetwo', ended: 'abort', told: 'cut' })
  })

  it('counts what waits for the slowest reader, and cuts it if there is no memory', () => {
    const held = { bytes: 0, max: 1_000 }
    const tape = createTape({
      maxBytes: 10_000,
      onResume: () => undefined,
      onOverflow: () => undefined,
      tryHold(bytes) {
        if (bytes <= held.max) held.bytes = bytes
        return bytes <= held.max
      },
    })
    const slow = follow(tape, false)
    const fast = follow(tape)
    for (let piece = 0; piece < 20; piece++) tape.write('x'.repeat(100))
    expect(slow.reader).toMatchObject({ ended: 'abort', told: 'cut' })
    expect(fast.reader.got.length).toBe(2_000)
    expect(held.bytes).toBe(0)
  })

  it('ends one reader early, with its own last words', () => {
    const { tape } = start()
    const { reader, reading } = follow(tape, false)
    tape.write('one')
    tape.write('two')
    reading.end('over')
    expect(reader).toMatchObject({ got: 'oneover', ended: 'end', told: '' })
  })
})
