/** The row of a call, as a batch has it. */
import { expect, it } from 'vitest'
import { COLUMNS } from '../../../../src/usage/ledger/rows/columns.ts'
import { createToRow } from '../../../../src/usage/ledger/rows/ledger-row.ts'
import { toSettlement } from '../../../tools/stores/settlements.ts'

it('has its fields in the order of the columns', () => {
  const row = createToRow((text) => text)(toSettlement(), 'id')
  expect(Object.keys(row)).toEqual(COLUMNS.map(([name]) => name))
})
