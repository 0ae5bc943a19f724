import { describe, expect, it } from 'vitest'
import {
  toGroups,
  toReply,
  toTake,
  toVerdict,
} from '../../../../src/stores/live/redis/claims-by-tag.ts'
import { bucketOf, slotOf, windowOf } from '../../../tools/stores/claims.ts'

const CLAIMS = [
  windowOf(5, { key: '{a}one' }),
  bucketOf(6, { key: '{b}two' }),
  slotOf(7, { key: 'x{a}three', lease: 'lease' }),
  windowOf(8, { key: 'four' }),
]

describe('claims', () => {
  it('are grouped by the tags of their keys', () => {
    expect(toGroups(CLAIMS).map(({ places }) => places)).toEqual([[0, 2], [1], [3]])
  })

  it('keep their tags in Redis, and kinds apart', () => {
    expect(toTake(CLAIMS).keys).toEqual([
      'sluice:window:{a}one',
      'sluice:bucket:{b}two',
      'sluice:slot:x{a}three',
      'sluice:window:four',
    ])
  })

  it('have their answers in their own order, and the first refusal', () => {
    const groups = toGroups(CLAIMS)
    const [first, second, third] = groups
    if (!first || !second || !third) throw new Error('There are three groups.')
    const replies = [
      toReply(first, [2, 4, 10, 11, 0, 0, 20, 21, 0]),
      toReply(second, [1, 0, 30, 31, 0]),
      toReply(third, [0, 7, 40, 41, 0]),
    ]
    expect(toVerdict(groups, replies)).toEqual({
      allowed: false,
      refused: 1,
      retryAfterMs: 31,
      states: [
        { limit: 5, remaining: 4, resetMs: 10 },
        { limit: 6, remaining: 0, resetMs: 30 },
        { limit: 7, remaining: 0, resetMs: 20 },
        { limit: 8, remaining: 7, resetMs: 40 },
      ],
    })
  })

  it('refuse an answer of another shape', () => {
    const [group] = toGroups(CLAIMS)
    if (!group) throw new Error('There is a group.')
    for (const reply of ['OK', null, [], [0, 1, 2]])
      expect(() => toReply(group, reply)).toThrow('something else')
  })
})
