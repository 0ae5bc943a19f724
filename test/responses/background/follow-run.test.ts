/** Every reader of a run gets every event once, in order, as fast as it reads and no faster. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createEventLog } from '#runs'
import { followRun } from '../../../src/responses/background/follow-run.ts'
import { type RunEvent, sizeOf, toText } from '../../../src/responses/background/run-event.ts'
import { eventually } from '../../tools/app/within.ts'

const READER = { signal: new AbortController().signal, beatMs: 60_000 }

const createLog = () => createEventLog<RunEvent>({ sizeOf, firstSeq: 0 })
const event = (name: string): RunEvent => ({ name, data: `{"type":"${name}"}` })
const textOf = (names: string) => [...names].map((name) => toText(event(name))).join('')

/** @param takes how many writes it accepts before it is behind. */
const createReader = (takes = Infinity) => {
  const reader = { text: '', ended: false, aborted: false, takes }
  return {
    reader,
    sink: {
      write(bytes: string) {
        reader.text += bytes
        reader.takes--
        return reader.takes > 0
      },
      end() {
        reader.ended = true
      },
      abort() {
        reader.aborted = true
      },
    },
  }
}

describe('a reader', () => {
  it('gets past events, new events, and the end', () => {
    const log = createLog()
    log.append(event('a'))
    log.append(event('b'))
    const { reader, sink } = createReader()
    followRun(log, 0, READER).readTo(sink)
    expect(reader.text).toBe(textOf('b'))
    log.append(event('c'))
    expect(reader).toMatchObject({ text: textOf('bc'), ended: false })
    log.end()
    expect(reader).toMatchObject({ text: textOf('bc'), ended: true })
  })

  it('that starts late gets all of it', () => {
    const log = createLog()
    for (const name of 'abc') log.append(event(name))
    log.end()
    const { reader, sink } = createReader()
    followRun(log, -1, READER).readTo(sink)
    expect(reader).toMatchObject({ text: textOf('abc'), ended: true })
  })

  it('that is behind receives nothing new until it has caught up', () => {
    const log = createLog()
    const { reader, sink } = createReader(1)
    const channel = followRun(log, -1, READER)
    channel.readTo(sink)
    log.append(event('a'))
    log.append(event('b'))
    log.end()
    expect(reader).toMatchObject({ text: textOf('a'), ended: false })
    reader.takes = Infinity
    channel.resume()
    expect(reader).toMatchObject({ text: textOf('ab'), ended: true })
  })

  it('that left is handed nothing more', () => {
    const log = createLog()
    const leaving = new AbortController()
    const { reader, sink } = createReader()
    followRun(log, -1, { ...READER, signal: leaving.signal }).readTo(sink)
    log.append(event('a'))
    leaving.abort()
    log.append(event('b'))
    log.end()
    expect(reader).toMatchObject({ text: textOf('a'), ended: false })
  })

  it('is ended when the log is discarded', () => {
    const log = createLog()
    const { reader, sink } = createReader()
    followRun(log, -1, READER).readTo(sink)
    log.drop()
    log.append(event('a'))
    expect(reader).toMatchObject({ text: '', aborted: true })
  })

  it('that starts after a future event gets those after it', () => {
    const log = createLog()
    const { reader, sink } = createReader()
    followRun(log, 1, READER).readTo(sink)
    for (const name of 'abc') log.append(event(name))
    log.end()
    expect(reader).toMatchObject({ text: textOf('c'), ended: true })
  })

  it('that is sent away gets a last event with the number after the last one', () => {
    const log = createLog()
    log.append(event('a'))
    const leaving = new AbortController()
    const { reader, sink } = createReader()
    const encodeFarewell = (reason: unknown, sequence: number) => `${String(reason)} ${sequence}`
    const follower = { ...READER, signal: leaving.signal, encodeFarewell }
    followRun(log, -1, follower).readTo(sink)
    leaving.abort('away')
    expect(reader).toMatchObject({ text: `${textOf('a')}away 1`, ended: true })
    expect(log.readers).toBe(0)
    const late = createReader()
    followRun(log, 0, follower).readTo(late.sink)
    expect(late.reader).toMatchObject({ text: 'away 1', ended: true })
  })

  it('that reads nothing for five minutes is disconnected', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const log = createLog()
    const { reader, sink } = createReader(1)
    followRun(log, -1, READER).readTo(sink)
    log.append(event('a'))
    vi.advanceTimersByTime(299_000)
    log.append(event('b'))
    expect(reader).toMatchObject({ aborted: false })
    vi.advanceTimersByTime(1_000)
    expect(reader).toMatchObject({ text: textOf('a'), aborted: true })
    expect(log.readers).toBe(0)
  })

  it('that is behind after a heartbeat receives nothing new until it has caught up', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const log = createLog()
    const { reader, sink } = createReader(1)
    const channel = followRun(log, -1, READER)
    channel.readTo(sink)
    vi.advanceTimersByTime(60_000)
    const comment = reader.text
    log.append(event('a'))
    expect(comment).toMatch(/^: keepalive/)
    expect(reader.text).toBe(comment)
    reader.takes = Infinity
    channel.resume()
    expect(reader.text).toBe(comment + textOf('a'))
    log.end()
    expect(reader).toMatchObject({ ended: true })
  })

  it('gets heartbeats during a silence', async () => {
    const log = createLog()
    const { reader, sink } = createReader()
    const leaving = new AbortController()
    followRun(log, -1, { signal: leaving.signal, beatMs: 5 }).readTo(sink)
    await eventually('a comment comes', () => reader.text.includes(': keepalive'), 30_000)
    leaving.abort()
  })
})
