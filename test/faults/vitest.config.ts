/** Faults of upstreams, and docs/faults.md: `npm run faults`, with `-- -u` to write the page. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
