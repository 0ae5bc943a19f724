/** Tokens, counted or estimated, what they cost, and the ledger of all calls. */
export * from './estimate.ts'
export { type AuditQuery, type AuditReport, toAuditQuery } from './audit/audit-query.ts'
export { fingerprintOf } from './audit/fingerprint.ts'
export { readAudit } from './audit/read-audit.ts'
export { type Books, createBooks } from './books.ts'
export { readUsage } from './ledger/ledger.ts'
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
