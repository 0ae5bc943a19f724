import { describe, expect, it } from 'vitest'
import { createFixedIds } from '../../../src/protocols/openai-chat/call-ids.ts'

describe('ids of a fixed length', () => {
  it('stay unchanged if they fit', () => {
    expect(createFixedIds(9, ['abcDEF123'])('abcDEF123')).toBe('abcDEF123')
  })

  it('are letters and digits, the same ones for the same id', () => {
    for (const id of ['', 'call_1', 'toolu_01AbCdEfGhIjKlMnOpQrStUv', 'ä'.repeat(99)]) {
      const made = createFixedIds(9, [id])(id)
      expect(made).toMatch(/^[a-zA-Z0-9]{9}$/)
      expect(createFixedIds(9, ['other', id])(id)).toBe(made)
    }
  })

  it('differ if the ids differ, however many there are', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `call_${index}`)
    const toId = createFixedIds(9, ids)
    expect(new Set(ids.map(toId)).size).toBe(ids.length)
  })

  it('give way to an id that is the same by chance', () => {
    const made = createFixedIds(9, [])('call_1')
    const toId = createFixedIds(9, ['call_1', made])
    expect(toId(made)).toBe(made)
    expect(toId('call_1')).not.toBe(made)
    expect(toId('call_1')).toBe(toId('call_1'))
  })

  it('differ if only few can be made', () => {
    const ids = Array.from({ length: 40 }, (_, index) => `call_${index}`)
    const toId = createFixedIds(1, ids)
    expect(new Set(ids.map(toId)).size).toBe(ids.length)
  })
})
