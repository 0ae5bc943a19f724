/** Starts Sluice from its sources with its usual configuration; `BARE=1` leaves out keys, limits, prices and the ledger. */
import { type AppOptions, createApp } from '#app'
import { loadConfig } from '#config'

const toBare = ({ rows: _rows, callerLimits: _limits, ...options }: AppOptions): AppOptions => ({
  ...options,
  keys: [],
  publishedPrices: false,
})

const { options } = await loadConfig({ env: process.env, cwd: process.cwd(), flags: {} })
const app = createApp(process.env['BARE'] ? toBare(options) : options)
process.once('SIGTERM', () => void app.drain().then(() => process.exit(0)))
await app.listen()
