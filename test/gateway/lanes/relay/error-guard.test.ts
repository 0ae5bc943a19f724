import { describe, expect, it } from 'vitest'
import { createErrorGuard } from '../../../../src/gateway/lanes/relay/error-guard.ts'

/** Pushes the pieces, and says of each whether it ends where an event does. */
const pushAll = (pieces: readonly string[]): readonly string[] => {
  const guard = createErrorGuard()
  let sent = ''
  const outputs = pieces.map((piece) => {
    sent += piece
    return guard.push(piece, !/(?:\n\n|\n\r\n|\r\r)$/.test(sent))
  })
  return [...outputs, guard.take()]
}

describe('half an event of a stream', () => {
  it.each(['\n\n', '\r\n\r\n', '\r\r', '\n\r\n'])(
    'is held until it is complete, wherever it is split: %j',
    (end) => {
      const first = `data: one${end}`
      const second = `data: two${end}`
      for (let at = 1; at < second.length; at++) {
        const pieces = [first + second.slice(0, at), second.slice(at)]
        expect(pushAll(pieces)).toEqual([first, second, ''])
        expect(pushAll([first, ...pieces[0]!.slice(first.length), pieces[1]!])).toEqual([
          first,
          ...Array.from({ length: at }, () => ''),
          second,
          '',
        ])
      }
    },
  )

  it.each(['\n\n', '\r\n\r\n', '\r\r', '\n\r\n'])(
    'is sent as soon as its end has arrived in two reads: %j',
    (end) => {
      for (let at = 1; at < end.length; at++) {
        const halves = [`data: one${end.slice(0, at)}`, `${end.slice(at)}da`]
        expect(pushAll([...halves, `ta: two${end}`])).toEqual([
          '',
          `data: one${end}`,
          `data: two${end}`,
          '',
        ])
      }
    },
  )

  it('is sent at the end', () => {
    expect(pushAll(['data: one\n\nda', 'ta: two'])).toEqual(['data: one\n\n', '', 'data: two'])
  })

  it('is sent as it arrives when it is longer than any error', () => {
    const long = 'x'.repeat(50_000)
    expect(pushAll([long, long, 'y', 'z\n\nd', 'e'])).toEqual([
      '',
      long + long,
      'y',
      'z\n\n',
      '',
      'de',
    ])
  })

  it('takes time in proportion to its length, however many pieces it has', () => {
    const take = (count: number): number => {
      const guard = createErrorGuard()
      const before = performance.now()
      for (let each = 0; each < count; each++) guard.push('x', true)
      return performance.now() - before
    }
    take(20_000)
    // Twice the pieces would take four times as long if what is held were joined with each of them.
    expect(take(60_000)).toBeLessThan(take(15_000) * 12 + 50)
  })
})
