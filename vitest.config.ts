import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** What these tests try keeps no state of its own, so a worker need not start anew for each file. */
const PURE = ['access', 'config', 'model', 'protocols', 'router', 'streams', 'telemetry'].map(
  (module) => `test/${module}/**/*.test.ts`,
)

/** Run by a command of their own. */
const PROGRAMS = ['test/faults/**']

export default defineConfig({
  test: {
    // Bounds for hangs alone: a busy machine may be slow. Above what a test waits for one thing.
    testTimeout: 60_000,
    // By default one core would be left idle. Many tests wait more than they compute.
    maxWorkers: availableParallelism(),
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      {
        extends: true,
        test: { name: 'others', include: ['test/**/*.test.ts'], exclude: [...PURE, ...PROGRAMS] },
      },
    ],
  },
})
