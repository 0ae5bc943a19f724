import { expect, it } from 'vitest'
import { keyAt } from '../../../src/streams/json/known-keys.ts'

const keyOf = (text: string) => {
  const bytes = Buffer.from(`"${text}"`)
  return keyAt(bytes, 1, bytes.length - 1)
}

it('reads the same key from any number of bytes, among thousands of others', () => {
  for (let round = 0; round < 2; round++)
    for (let at = 0; at < 3000; at++) {
      expect(keyOf(`key-${at}`)).toBe(`key-${at}`)
      expect(keyOf('model')).toBe('model')
      expect(keyOf('')).toBe('')
    }
})

it('leaves alone what is long, escaped, or not ASCII', () => {
  expect(keyOf('x'.repeat(32))).toBe('x'.repeat(32))
  expect(keyOf('x'.repeat(33))).toBeUndefined()
  expect(keyOf('mod\\u0065l')).toBeUndefined()
  expect(keyOf('modèle')).toBeUndefined()
})

it('keeps a key although its bytes are overwritten', () => {
  const bytes = Buffer.from('stream')
  expect(keyAt(bytes, 0, 6)).toBe('stream')
  bytes.write('strean')
  expect(keyAt(bytes, 0, 6)).toBe('strean')
  expect(keyOf('stream')).toBe('stream')
})
