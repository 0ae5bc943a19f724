import { describe, expect, it } from 'vitest'
import { createByteChannel } from '#streams'

const createReader = (ready = true) => {
  const got: string[] = []
  return {
    got,
    sink: {
      write: (bytes: string) => {
        got.push(bytes)
        return ready
      },
      end: () => void got.push('end'),
      abort: () => void got.push('abort'),
    },
  }
}

describe('a byte channel', () => {
  it('keeps what is written until there is a reader, which receives it in one piece', () => {
    const { got, sink } = createReader()
    const channel = createByteChannel(() => undefined)
    channel.write('a')
    channel.write('b')
    channel.readTo(sink)
    channel.write('c')
    channel.end()
    expect(got).toEqual(['ab', 'c', 'end'])
  })

  it.each(['end', 'abort'] as const)('reports the %s to a late reader, after the bytes', (last) => {
    const { got, sink } = createReader()
    const channel = createByteChannel(() => undefined)
    channel.write('a')
    channel[last]()
    channel.readTo(sink)
    expect(got).toEqual(['a', last])
  })

  it('makes the writer wait above its limit, and resume when a reader has come', () => {
    let resumed = 0
    const channel = createByteChannel(() => void resumed++, 4)
    expect(channel.write('four')).toBe(true)
    expect(channel.write('!')).toBe(false)
    channel.readTo(createReader().sink)
    expect(resumed).toBe(1)
  })

  it('does not resume the writer while the reader is behind', () => {
    let resumed = 0
    const channel = createByteChannel(() => void resumed++, 1)
    channel.write('four')
    channel.readTo(createReader(false).sink)
    expect(resumed).toBe(0)
    channel.resume()
    expect(resumed).toBe(1)
  })

  it("gives the reader's own answer on once it is there", () => {
    const channel = createByteChannel(() => undefined)
    channel.readTo(createReader(false).sink)
    expect(channel.write('a')).toBe(false)
  })
})
