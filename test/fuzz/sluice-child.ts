/**
 * Sluice in a process of its own, as it is in life: `sluice-child.ts <upstream URL> <caller's key> <bytes>`.
 * Tells its parent its port, then, when asked, how many sockets it holds.
 */
import { createApp } from '#app'
import { DEFAULT_RETRY } from '#gateway'
import { anthropicAt, geminiAt, openaiAt } from '../tools/app/start-sluice.ts'

const [url = '', key = '', bytes = ''] = process.argv.slice(2)
const app = createApp({
  host: '127.0.0.1',
  port: 0,
  keys: [key],
  corsOrigins: ['https://good.example'],
  logLevel: 'info',
  providers: [
    openaiAt(url),
    anthropicAt(url),
    geminiAt(url),
    { ...openaiAt(url), name: 'counted', injectUsage: true },
  ],
  aliases: [{ name: 'either', targets: ['anthropic/claude-sonnet-4-5-20250929', 'openai/gpt-4o'] }],
  presets: true,
  demo: { paceMs: 0 },
  limits: { bodyBytes: Number(bytes), inFlightBytes: Number(bytes), depth: 512 },
  retry: { ...DEFAULT_RETRY, baseMs: 1 },
  openAfterMs: 15_000,
  // Mutants are many.
  chat: { messageRate: false },
  drainMs: 1_000,
  proxy: {},
})
const { port } = await app.listen()
process.send?.(port)

process.on('message', (message) => {
  if (message === 'sockets')
    process.send?.(
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
    )
})
const stop = async () => {
  await app.drain()
  process.exit()
}
// The second where the parent is gone without a word.
process.once('SIGTERM', () => void stop())
process.once('disconnect', () => void stop())
