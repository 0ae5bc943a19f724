/** The defaults of settings for which no module has a default. */

export const DEFAULTS = {
  host: '127.0.0.1',
  port: 3000,
  workers: 1,
  logLevel: 'info',
  drainMs: 30_000,
  openAfterMs: 15_000,
  dataFolder: '.sluice',
  cache: { store: 'memory', maxBytes: 64 * 1024 * 1024, ttlMs: 60 * 60 * 1000 },
  traces: { serviceName: 'sluice', sampler: 'parentbased_always_on', ratio: 1, content: false },
  limits: {
    bodyBytes: 32 * 1024 * 1024,
    depth: 512,
    inFlightBytes: 512 * 1024 * 1024,
    uploadStallMs: 30_000,
  },
} as const
