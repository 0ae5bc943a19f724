/** The cost of a key does not depend on how many there are. */
import { expect, it } from 'vitest'
import { createAccess } from '#access'
import { createKeyRing } from '../../../src/access/admission/key-ring.ts'

const toKeys = (count: number) => Array.from({ length: count }, (_, at) => `sk-key-${at}`)

it('finds each of many keys, and no other', () => {
  const ring = createKeyRing(toKeys(10_000).map((key, at) => [key, at]))
  expect(ring.size).toBe(10_000)
  for (const at of [0, 1, 4_999, 9_999]) expect(ring.find(`sk-key-${at}`)).toBe(at)
  for (const other of ['', 'sk-key-', 'sk-key-10000', 'SK-KEY-0', ' sk-key-0', 'sk-key-0\0'])
    expect(ring.find(other)).toBeUndefined()
})

it('takes the first value of a key that is there twice', () => {
  const ring = createKeyRing([
    ['a', 1],
    ['a', 2],
  ])
  expect(ring.size).toBe(1)
  expect(ring.find('a')).toBe(1)
})

it('costs with 10,000 keys what it costs with one, for keys that are known and for others', () => {
  const one = createAccess({ keys: ['sk-key-0'] })
  const many = createAccess({ keys: toKeys(10_000) })
  const asks = ['sk-key-0', 'sk-wrong'].map((key) => ({ authorization: `Bearer ${key}` }))
  const timeOf = ({ authenticate }: typeof one): number => {
    const startedAt = performance.now()
    for (let round = 0; round < 500; round++)
      for (const headers of asks)
        try {
          void authenticate(headers)
        } catch {
          // The second one is refused.
        }
    return performance.now() - startedAt
  }
  // The least of several rounds: whatever else the machine does only adds to one.
  const least = (access: typeof one): number =>
    Math.min(...Array.from({ length: 7 }, () => timeOf(access)))
  least(one)
  // In a row, 10,000 keys would cost thousands of times as much.
  expect(least(many)).toBeLessThan(least(one) * 10)
})
