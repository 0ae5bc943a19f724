/** The defaults of settings for which no module has a default. */

export const DEFAULTS = {
  host: '127.0.0.1',
  port: 3000,
  logLevel: 'info',
  drainMs: 30_000,
  openAfterMs: 15_000,
  dataFolder: '.sluice',
  limits: {
    bodyBytes: 32 * 1024 * 1024,
    depth: 512,
    inFlightBytes: 512 * 1024 * 1024,
    uploadStallMs: 30_000,
  },
} as const
