/**
 * Sluice in a process of its own, in front of one upstream: `serve-child.ts <upstream URL> [proxy]`. Tells its parent its port, then, when
 * asked, how many bytes it holds.
 */
import { createApp } from '#app'
import { DEFAULT_RETRY } from '#gateway'
import { anthropicAt, openaiAt } from '../app/start-sluice.ts'

const [url = '', httpsProxy] = process.argv.slice(2)
const app = createApp({
  host: '127.0.0.1',
  port: 0,
  keys: [],
  corsOrigins: [],
  logLevel: 'info',
  providers: [openaiAt(url), anthropicAt(url)],
  aliases: [],
  presets: true,
  limits: { bodyBytes: 32 * 1024 * 1024, inFlightBytes: 512 * 1024 * 1024, depth: 512 },
  retry: DEFAULT_RETRY,
  openAfterMs: 15_000,
  drainMs: 0,
  proxy: { httpsProxy },
  logSink: { write: () => undefined, flush: () => undefined },
})
const { port } = await app.listen()
process.send?.(port)

process.on('message', () => {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  process.send?.(heapUsed + external)
})
