/** What processes send to each other in one piece. */
import { describe, expect, it } from 'vitest'
import { readBatch, writeBatch } from '../../../../src/stores/replicas/redis/batches.ts'

const FROM = { replica: 'f00d-1', number: 3 }

describe('a batch', () => {
  it.each([
    ['no message', []],
    ['one', ['text']],
    ['empty ones', ['', '', '']],
    ['line breaks, commas and emojis', ['a\nb', '1,2', '😀ü', '\0', 'x 1 2 3 4\n']],
    ['many', Array.from({ length: 1_000 }, (_, at) => `${at}`.repeat(at % 5))],
  ])('with %s is read as it was written', (_, messages) => {
    const batch = { from: FROM, line: 7, number: 12, messages }
    expect(readBatch(writeBatch(batch))).toEqual(batch)
  })

  it('may be a goodbye', () => {
    const goodbye = { from: FROM, line: 1, number: 2, messages: undefined }
    expect(readBatch(writeBatch(goodbye))).toEqual(goodbye)
  })

  it.each(['', '\n', 'text', 'a b c d e\n', 'a 1 2 3', '[1]', 'a 1 2 3 4', ' 1 2 3 4\n'])(
    'is not %j',
    (text) => {
      expect(readBatch(text)).toBeUndefined()
    },
  )
})
