/** What a file is, by its bytes. */
import { assert, nat, property, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSniffer } from '../../../src/chat/uploads/sniffer.ts'
import { GIF, JPEG, PDF, PNG, WEBP } from '../../tools/chat/files.ts'

const sniff = (bytes: Uint8Array, { name = 'file', type = '', at = bytes.length } = {}): string => {
  const sniffer = createSniffer({ name, type })
  sniffer.add(bytes.subarray(0, at))
  sniffer.add(bytes.subarray(at))
  return sniffer.end()
}

const KINDS = [
  ['image/png', PNG],
  ['image/jpeg', JPEG],
  ['image/gif', GIF],
  ['image/webp', WEBP],
  ['application/pdf', PDF],
  ['text/plain', Buffer.from('Grüße, 世界 😀\tand\r\n more\f')],
] as const

describe('a file', () => {
  it.each(KINDS)('is %s, however it is cut and whatever its sender says', (type, bytes) => {
    for (let at = 0; at <= bytes.length; at++)
      expect(sniff(bytes, { at, name: 'a.exe', type: 'text/html' })).toBe(type)
  })

  it('of text is of the kind that its sender says, or that its name ends with', () => {
    const text = Buffer.from('{"a": 1}')
    expect(sniff(text, { type: 'application/json; charset=utf-8' })).toBe('application/json')
    expect(sniff(text, { name: 'notes.MD' })).toBe('text/markdown')
    expect(sniff(text, { name: 'a.csv' })).toBe('text/csv')
    expect(sniff(text, { name: 'a.json', type: 'text/csv' })).toBe('text/csv')
    expect(sniff(text, { name: 'page.html', type: 'text/html' })).toBe('text/plain')
    expect(sniff(text, { name: 'a.constructor', type: 'image/png' })).toBe('text/plain')
    expect(sniff(Buffer.from('a'))).toBe('text/plain')
  })

  it.each([
    ['a program', Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0', 'latin1')],
    ['an archive', Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1')],
    ['text in Latin-1', Buffer.from('Gr\xfc\xdfe an alle', 'latin1')],
    ['text that ends inside a character', Buffer.from('long enough for that \xe4\xb8', 'latin1')],
    ['text with a NUL', Buffer.from('text with a \0 in the middle')],
    ['a sound', Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1')],
    ['half of a signature', Buffer.from('\x89PN', 'latin1')],
  ])('that is %s is refused', (_what, bytes) => {
    for (const at of [0, 1, bytes.length])
      expect(() => sniff(bytes, { at, name: 'a.png', type: 'image/png' })).toThrow(
        expect.objectContaining({
          status: 415,
          vendorCode: 'unsupported_file_type',
          param: 'file',
        }),
      )
  })

  it('of any bytes is judged in the same way in pieces', () => {
    const judge = (bytes: Uint8Array, at: number): string => {
      try {
        return sniff(bytes, { at })
      } catch (thrown) {
        return String(thrown)
      }
    }
    assert(
      property(uint8Array({ maxLength: 40 }), nat(40), (bytes, at) => {
        expect(judge(bytes, Math.min(at, bytes.length))).toBe(judge(bytes, bytes.length))
      }),
    )
  })
})
