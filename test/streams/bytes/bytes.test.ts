import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeJson, fromByteString, toByteString, toSoundUtf8, unescapeJson } from '#streams'

const text = fc.string({ unit: 'grapheme' })

describe('a byte string', () => {
  it('has one character for each byte of the text', () => {
    expect(toByteString('a☃')).toBe('a\xe2\x98\x83')
    fc.assert(
      fc.property(text, (given) => {
        expect(Buffer.from(toByteString(given), 'latin1')).toEqual(Buffer.from(given, 'utf8'))
      }),
    )
  })

  it('is the text again', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(fromByteString(toByteString(given))).toBe(given)
      }),
    )
  })

  it('that is not UTF-8 becomes replacement characters', () => {
    expect(fromByteString('a\xff\xe2\x98')).toBe('a\ufffd\ufffd')
  })

  it('is repaired if it is not UTF-8, and unchanged if it is', () => {
    const mark = toByteString('\ufffd')
    expect(toSoundUtf8('a\xff\xe2\x98')).toBe(`a${mark}${mark}`)
    expect(toSoundUtf8('\xed\xa0\x80')).not.toContain('\xed')
    fc.assert(
      fc.property(text, (given) => {
        expect(toSoundUtf8(toByteString(given))).toBe(toByteString(given))
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const sound = toSoundUtf8(Buffer.from(bytes).toString('latin1'))
        expect(fromByteString(sound)).toBe(Buffer.from(bytes).toString())
        expect(toByteString(fromByteString(sound))).toBe(sound)
      }),
    )
  })
})

describe('an escaped text', () => {
  it('is valid JSON between quotes', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(JSON.parse(`"${fromByteString(escapeJson(given))}"`)).toBe(given)
      }),
    )
  })

  it('is the text again, however it was escaped', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(unescapeJson(escapeJson(given))).toBe(given)
      }),
    )
    expect(unescapeJson('\\u2603\\/\\n')).toBe('☃/\n')
  })
})
