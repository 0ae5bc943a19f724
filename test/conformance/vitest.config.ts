/** The suites of `test/conformance/`, on real servers that the tests start: `npm run conformance`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    env: { CONFORMANCE: 'servers' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
  },
})
