/** A call without its row, with one too many, or of nobody is found. */
import { expect, it } from 'vitest'
import type { Rows } from './calls/index.ts'
import { type Expected, judgeLedger } from './ledger.ts'

const EXPECTED: Expected = new Map<string, Rows>([
  ['n1x', 1],
  ['n2x', 0],
  ['n3x', 2],
  ['n4x', 'at most one'],
])

type Times = Readonly<Record<string, number>>

const judge = (rows: Times, logged?: number, summed?: number) => {
  const all = Object.values(rows).reduce((sum, times) => sum + times, 0)
  const ledger = { rows: new Map(Object.entries(rows)), all, summed: summed ?? all }
  return judgeLedger(ledger, EXPECTED, logged ?? all)
}

it('has nothing to say of a ledger that is right', () => {
  expect(judge({ n1x: 1, n3x: 2 })).toEqual([])
  expect(judge({ n1x: 1, n3x: 2, n4x: 1 })).toEqual([])
})

const FAULTS: readonly (readonly [string, Times, RegExp])[] = [
  ['a call without its row', { n3x: 2 }, /0 rows of the call n1x, not 1/],
  ['a row too many', { n1x: 2, n3x: 2 }, /2 rows of the call n1x, not 1/],
  ['a row of what is no call', { n1x: 1, n2x: 1, n3x: 2 }, /1 rows of the call n2x, not 0/],
  ['a call that is counted twice', { n1x: 1, n3x: 2, n4x: 2 }, /2 rows of the call n4x/],
  ['a row of nobody', { n1x: 1, n3x: 2, '': 1 }, /rows of '', which is no call/],
]

it.each(FAULTS)('finds %s', (_, rows, fault) => {
  expect(judge(rows).join('\n')).toMatch(fault)
})

it('compares it with the log, and with its sums', () => {
  expect(judge({ n1x: 1, n3x: 2 }, 4).join()).toMatch(/3 rows, and the log 4 calls/)
  expect(judge({ n1x: 1, n3x: 2 }, 3, 2).join()).toMatch(/sums by minute have 2 calls/)
})
