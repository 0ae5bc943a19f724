import { expect, it } from 'vitest'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { readEnvironment } from '../../../src/config/environment/environment.ts'
import { toAppOptions } from '../../../src/config/options/to-app-options.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'

const keepDaysOf = (text: string): number | undefined =>
  toAppOptions({
    flags: {},
    file: parseConfigFile(text, 'sluice.yaml', {}),
    environment: readEnvironment({}),
  }).options.keepDays

it('keeps rows for ever, unless the file says for how many days', () => {
  expect(keepDaysOf('log: { level: info }')).toBeUndefined()
  expect(keepDaysOf('ledger: {}')).toBeUndefined()
  expect(keepDaysOf('ledger: { keep_days: 400 }')).toBe(400)
})

it.each(['0', '-1', '1.5', 'ever', '36501'])('refuses %s days', (days) => {
  const [fault = ''] = faultsOf(() => keepDaysOf(`ledger: { keep_days: ${days} }`))
  expect(fault).toContain('ledger.keep_days')
})
