import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  createSlotTemplate,
  type SlotTemplate,
  fromByteString,
  toByteString,
  unescapeJson,
} from '#streams'

const event = (text: string, n = 1, pad = 'xy') =>
  toByteString(
    JSON.stringify({ id: 'a', number: n, choices: [{ delta: { content: text }, end: null }], pad }),
  )

let template: SlotTemplate

beforeEach(() => {
  template = createSlotTemplate()
})

describe('a template', () => {
  it('knows nothing at first', () => {
    expect(template.match(event('a'))).toBeUndefined()
    expect(template.tag).toBe(-1)
  })

  it('knows an event again that differs in the slot only', () => {
    template.learn(event('a'), 'content', 7)
    expect(template.match(event('b "quoted" \\'))).toBe('b \\"quoted\\" \\\\')
    expect(template.match(event(''))).toBe('')
    expect(template.tag).toBe(7)
  })

  it('does not know an event that differs elsewhere', () => {
    template.learn(event('a'), 'content', 7)
    for (const other of [
      event('b', 2),
      event('b', 1, 'xyz'),
      event('b').replace('null', '"stop"'),
      `${event('b')} `,
      ` ${event('b')}`,
      event('b').slice(0, -1),
      '',
      '[DONE]',
    ])
      expect(template.match(other)).toBeUndefined()
  })

  it('does not take more JSON for a string', () => {
    template.learn(event('a'), 'content', 7)
    expect(template.match(event('b').replace('"b"', '"b","content":"c"'))).toBeUndefined()
  })

  it('does not recognise an invalid string', () => {
    template.learn(event('a'), 'content', 7)
    for (const slot of ['\n', '\\x', '\\u12g4', '\\u12', '\\', '\x01', '\xff', '\xe2\x98'])
      expect(template.match(event('b').replace('"b"', `"${slot}"`)), slot).toBeUndefined()
  })

  it('learns nothing if the key is repeated or missing, or is not a string', () => {
    for (const sample of [
      '{"content":"a","other":{"content":"b"}}',
      '{"text":"a"}',
      '{"content":null}',
      '{"content":["a"]}',
      '{"content":"a',
    ]) {
      template.learn(sample, 'content', 7)
      expect(template.match(sample)).toBeUndefined()
    }
  })

  it('is not misled by its key inside a text', () => {
    const sample = event('the "content": "x" of it')
    template.learn(sample, 'content', 7)
    expect(template.match(event('b'))).toBe('b')
  })

  it('suffers space between key and string', () => {
    template.learn('{"content": "a", "n": 1}', 'content', 7)
    expect(template.match('{"content": "b", "n": 1}')).toBe('b')
  })

  it('forgets', () => {
    template.learn(event('a'), 'content', 7)
    template.forget()
    expect(template.match(event('a'))).toBeUndefined()
  })

  it('forgets the earlier event when it cannot learn the next', () => {
    template.learn(event('a'), 'content', 7)
    template.learn('{}', 'content', 8)
    expect(template.match(event('a'))).toBeUndefined()
  })
})

describe('keys that vary', () => {
  beforeEach(() => {
    template = createSlotTemplate(['pad', 'number'])
  })

  it('may have another string or integer each time', () => {
    template.learn(event('a'), 'content', 7)
    expect(template.match(event('b', 12_345, ''))).toBe('b')
    expect(template.match(event('c', 0, 'some"thing'))).toBe('c')
  })

  it('must have a value of the same type', () => {
    template.learn(event('a'), 'content', 7)
    expect(template.match(event('b').replace('"number":1', '"number":"1"'))).toBeUndefined()
    expect(template.match(event('b').replace('"number":1', '"number":1.5'))).toBeUndefined()
    expect(template.match(event('b').replace('"pad":"xy"', '"pad":3'))).toBeUndefined()
  })

  it('may be in several places', () => {
    const counted = (one: number, other: number) =>
      `{"content":"a","used":[{"number":${one}},{"number":${other}}]}`
    template.learn(counted(1, 2), 'content', 7)
    expect(template.match(counted(30, 4))).toBe('a')
    expect(template.match(counted(30, -4))).toBeUndefined()
  })

  it('need not be there', () => {
    template.learn('{"content":"a"}', 'content', 7)
    expect(template.match('{"content":"b"}')).toBe('b')
  })
})

const frame = (text: string) => `data: ${event(text)}\n\n`

describe('an event in a longer text', () => {
  it('is identified by its place, and reports where it ends', () => {
    template.learn(frame('a'), 'content', 0)
    const text = frame('b') + frame('cc') + 'data: [DONE]\n\n'
    const first = template.matchAt(text, 0)
    expect(first).toBe(frame('b').length)
    expect(template.slotLength).toBe(1)
    const second = template.matchAt(text, first)
    expect(second).toBe(first + frame('cc').length)
    expect(template.slotLength).toBe(2)
    expect(template.matchAt(text, second)).toBe(-1)
    expect(template.matchAt(text, 1)).toBe(-1)
    expect(template.matchAt(text, text.length)).toBe(-1)
  })
})

describe('any text in the slot', () => {
  const anyText = fc.string({ unit: 'grapheme' })

  it('is found, and measured as JavaScript does', () => {
    fc.assert(
      fc.property(anyText, anyText, (sample, text) => {
        const own = createSlotTemplate(['pad'])
        own.learn(event(sample), 'content', 3)
        const slot = own.match(event(text, 1, sample))
        expect(slot).toBeDefined()
        expect(unescapeJson(slot ?? '')).toBe(text)
        expect(own.slotLength).toBe(text.length)
      }),
    )
  })

  it('that is invalid is never accepted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (bytes) => {
        template.learn(event('a'), 'content', 7)
        const candidate = event('@').replace('@', () => toByteString(bytes))
        const slot = template.match(candidate)
        if (slot === undefined) return
        const { choices } = JSON.parse(fromByteString(candidate))
        expect(choices[0].delta.content).toBe(unescapeJson(slot))
      }),
    )
  })
})
