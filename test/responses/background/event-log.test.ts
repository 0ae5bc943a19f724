/** Every reader of a log gets every event once, in order, as fast as it reads and no faster. */
import { describe, expect, it } from 'vitest'
import { createEventLog } from '../../../src/responses/background/event-log.ts'
import { eventually } from '../../tools/app/within.ts'

const READER = { signal: new AbortController().signal, beatMs: 60_000 }

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
    const log = createEventLog()
    log.append('a')
    log.append('b')
    const { reader, sink } = createReader()
    log.follow(0, READER).readTo(sink)
    expect(reader.text).toBe('b')
    log.append('c')
    expect(reader).toMatchObject({ text: 'bc', ended: false })
    log.end()
    expect(reader).toMatchObject({ text: 'bc', ended: true })
  })

  it('that starts late gets all of it', () => {
    const log = createEventLog()
    for (const event of 'abc') log.append(event)
    log.end()
    const { reader, sink } = createReader()
    log.follow(-1, READER).readTo(sink)
    expect(reader).toMatchObject({ text: 'abc', ended: true })
  })

  it('that is behind receives nothing new until it has caught up', () => {
    const log = createEventLog()
    const { reader, sink } = createReader(1)
    const channel = log.follow(-1, READER)
    channel.readTo(sink)
    log.append('a')
    log.append('b')
    log.end()
    expect(reader).toMatchObject({ text: 'a', ended: false })
    reader.takes = Infinity
    channel.resume()
    expect(reader).toMatchObject({ text: 'ab', ended: true })
  })

  it('that left is handed nothing more', () => {
    const log = createEventLog()
    const leaving = new AbortController()
    const { reader, sink } = createReader()
    log.follow(-1, { ...READER, signal: leaving.signal }).readTo(sink)
    log.append('a')
    leaving.abort()
    log.append('b')
    log.end()
    expect(reader).toMatchObject({ text: 'a', ended: false })
  })

  it('is ended when the log is discarded', () => {
    const log = createEventLog()
    const { reader, sink } = createReader()
    log.follow(-1, READER).readTo(sink)
    log.drop()
    log.append('a')
    expect(reader).toMatchObject({ text: '', aborted: true })
  })

  it('gets heartbeats during a silence', async () => {
    const log = createEventLog()
    const { reader, sink } = createReader()
    const leaving = new AbortController()
    log.follow(-1, { signal: leaving.signal, beatMs: 5 }).readTo(sink)
    await eventually('a comment comes', () => reader.text.includes(': keepalive'), 30_000)
    leaving.abort()
  })
})
