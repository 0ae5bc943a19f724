/** Tokens, counted or estimated, what they cost, and the ledger of all calls. */
export * from './estimate.ts'
export { createLedger, type Ledger, readUsage } from './ledger/ledger.ts'
export {
  GROUPINGS,
  toUsageQuery,
  type UsageQuery,
  type UsageReport,
} from './ledger/reports/usage-query.ts'
export * from './counting/token-counter.ts'
export type { OwnPrice } from './pricing/own-prices.ts'
export * from './pricing/prices.ts'
export type { Rates } from './pricing/rates.ts'
