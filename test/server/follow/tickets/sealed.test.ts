/** What only the holder of a secret can read. */
import { expect, it } from 'vitest'
import { nameOfSecret, seal, unseal } from '../../../../src/server/follow/tickets/sealed.ts'

const VALUE = { authorization: 'Bearer a-key', 'x-user-id': ['ä', 'b'] }

it('is opened by its secret alone', () => {
  const sealed = seal(VALUE, 'secret')
  expect(unseal(sealed, 'secret')).toEqual(VALUE)
  expect(unseal(sealed, 'Secret')).toBeUndefined()
  expect(sealed).not.toContain(Buffer.from('a-key').toString('base64url').slice(0, 5))
  expect(seal(VALUE, 'secret')).not.toBe(sealed)
})

it.each(['', 'x', '\0', 'AAAA'.repeat(20)])('is not %j', (text) => {
  expect(unseal(text, 'secret')).toBeUndefined()
})

it('is not opened if a character of it was changed', () => {
  const sealed = seal(VALUE, 'secret')
  for (const at of [0, 20, 40, sealed.length - 2]) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    expect(unseal(sealed.slice(0, at) + other + sealed.slice(at + 1), 'secret')).toBeUndefined()
  }
})

it('is found by a name that does not tell the secret', () => {
  expect(nameOfSecret('secret')).toBe(nameOfSecret('secret'))
  expect(nameOfSecret('secret')).not.toBe(nameOfSecret('secret2'))
  expect(nameOfSecret('secret')).not.toContain('secret')
})
