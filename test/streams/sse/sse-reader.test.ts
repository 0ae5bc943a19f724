import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseReader, fromByteString, SseEventTooLarge, toByteString } from '#streams'
import { cutAt, cuts } from '../../tools/streams/recut.ts'

const readAll = (...reads: string[]) => {
  const events: { data: string; event: string }[] = []
  const reader = createSseReader((data, event) => events.push({ data, event }))
  for (const read of reads) reader.push(read)
  return { events, reader }
}

const dataOf = (...reads: string[]) => readAll(...reads).events.map(({ data }) => data)

describe('an event', () => {
  it('is reported at its blank line, and not before', () => {
    expect(dataOf('data: a\n')).toEqual([])
    expect(dataOf('data: a\n\n')).toEqual(['a'])
  })

  it('carries its name, which the next one does not inherit', () => {
    expect(readAll('event: ping\ndata: 1\n\ndata: 2\n\n').events).toEqual([
      { data: '1', event: 'ping' },
      { data: '2', event: '' },
    ])
  })

  it('joins its data lines', () => {
    expect(dataOf('data: a\ndata:\ndata: b\n\n')).toEqual(['a\n\nb'])
  })

  it('loses one space after the colon, and no more', () => {
    expect(dataOf('data:a\n\ndata:  b\n\ndata\n\n')).toEqual(['a', ' b', ''])
  })

  it('without data is none', () => {
    expect(dataOf('event: ping\n\n\n\n: comment\n\nid: 1\nretry: 3\n\n')).toEqual([])
  })

  it('may end its lines with LF, CRLF or CR', () => {
    expect(dataOf('data: a\r\n\r\ndata: b\r\rdata: c\n\n')).toEqual(['a', 'b', 'c'])
  })

  it('is not ended twice by a CR and an LF in separate reads', () => {
    expect(dataOf('data: a\r', '\ndata: b\r', '\n\r', '\n')).toEqual(['a\nb'])
  })

  it('may follow a byte order mark, split or not', () => {
    expect(dataOf('\xef\xbb\xbfdata: a\n\n')).toEqual(['a'])
    expect(dataOf('\xef', '\xbb', '\xbfdata: a\n\n')).toEqual(['a'])
    expect(dataOf('\xef', 'x: 1\n\ndata: a\n\n')).toEqual(['a'])
  })

  it('keeps the bytes of its characters', () => {
    const bytes = toByteString('data: ☃ and 𝄞\n\n')
    expect(dataOf(...bytes).map(fromByteString)).toEqual(['☃ and 𝄞'])
  })
})

describe('a stream that stops in an event', () => {
  it('is distinguished from one that stops between events', () => {
    for (const half of ['d', 'data: a', 'data: a\n', 'event: x\n'])
      expect(readAll(half).reader.midEvent).toBe(true)
    for (const whole of ['', 'data: a\n\n', 'data: a\r\n\r', ': comment\n', '\n'])
      expect(readAll(whole).reader.midEvent).toBe(false)
  })
})

const push = (reads: Iterable<string>) => {
  const reader = createSseReader(() => {}, 1000)
  for (const read of reads) reader.push(read)
}

describe('an event without end', () => {
  it('is refused, be it one line or many', () => {
    expect(() => push(['x'.repeat(1001)])).toThrow(SseEventTooLarge)
    expect(() => push(Array.from({ length: 101 }, () => 'x'.repeat(10)))).toThrow(SseEventTooLarge)
    expect(() => push(Array.from({ length: 101 }, () => `data: ${'x'.repeat(10)}\n`))).toThrow(
      SseEventTooLarge,
    )
  })

  it('does not count against the next one', () => {
    push(Array.from({ length: 100 }, () => `data: ${'x'.repeat(900)}\n\n`))
  })
})

const anyLine = fc.oneof(
  fc.constantFrom('data: {"a":1}', 'data:', 'data', 'event: x', 'event:y', ': hi', 'id: 7', ''),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text}`),
  fc.string({ maxLength: 6 }),
)

const anyStream = fc
  .array(fc.tuple(anyLine, fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\n\r\n')), {
    maxLength: 12,
  })
  .map((lines) => toByteString(lines.flat().join('')))

/** The algorithm of the standard, slow and literal. */
const readPlainly = (stream: string) => {
  const events: { data: string; event: string }[] = []
  let data: string[] = []
  let event = ''
  const lines = stream.split(/\r\n|\r|\n/)
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) events.push({ data: data.join('\n'), event })
      data = []
      event = ''
      continue
    }
    const [, name = '', value = ''] = /^([^:]*)(?::[ ]?([^]*))?$/.exec(line) ?? []
    if (name === 'data') data.push(value)
    if (name === 'event') event = value
  }
  return events
}

describe('any stream', () => {
  it('is read according to the standard', () => {
    fc.assert(
      fc.property(anyStream, (stream) => {
        expect(readAll(stream).events).toEqual(readPlainly(stream))
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same events however it is cut', () => {
    fc.assert(
      fc.property(anyStream, cuts, (stream, places) => {
        const whole = readAll(stream)
        const cut = readAll(...cutAt(stream, places))
        expect(cut.events).toEqual(whole.events)
        expect(cut.reader.midEvent).toBe(whole.reader.midEvent)
      }),
      { numRuns: 500 },
    )
  })
})
