import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { toVendorsDocs } from '../../scripts/vendors-docs.ts'

it('is documentation that matches the table of vendors (npm run docs writes it)', () => {
  const written = readFileSync(new URL('../../docs/vendors.md', import.meta.url), 'utf8')
  expect(written).toBe(toVendorsDocs())
})
