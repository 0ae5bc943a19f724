/** Tokens, counted exactly or estimated where that would take too long, and what they cost. */
export * from './estimate.ts'
export * from './counting/token-counter.ts'
export type { OwnPrice } from './pricing/own-prices.ts'
export * from './pricing/prices.ts'
export type { Rates } from './pricing/rates.ts'
