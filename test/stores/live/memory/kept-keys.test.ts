import { describe, expect, it } from 'vitest'
import { createKeptKeys } from '../../../../src/stores/live/memory/kept-keys.ts'

const fill = (keys: { set(key: string, state: boolean): void }, count: number, from = 0): void => {
  for (let at = from; at < from + count; at++) keys.set(`key ${at}`, true)
}

describe('kept keys', () => {
  it('have a state each, until it is deleted', () => {
    const keys = createKeptKeys<number>(() => false)
    keys.set('a', 1)
    keys.set('a', 2)
    keys.set('b', 3)
    keys.delete('b')
    expect([keys.get('a'), keys.get('b'), keys.size]).toEqual([2, undefined, 1])
  })

  it('are dropped when they are idle and others are added', () => {
    let idle = false
    const keys = createKeptKeys<boolean>(() => idle)
    fill(keys, 1000)
    expect(keys.size).toBe(1000)
    idle = true
    fill(keys, 1000, 1000)
    expect(keys.size).toBeLessThanOrEqual(2)
  })

  it('are all found in the end, even behind keys that are in use', () => {
    const keys = createKeptKeys<boolean>((used) => !used)
    fill(keys, 500)
    keys.set('idle', false)
    fill(keys, 300, 500)
    expect(keys.get('idle')).toBeUndefined()
    expect(keys.size).toBe(800)
  })

  it('are never more than the maximum', () => {
    const keys = createKeptKeys<boolean>(() => false, 100)
    fill(keys, 1000)
    expect(keys.size).toBe(100)
    expect(keys.get('key 999')).toBe(true)
  })
})
