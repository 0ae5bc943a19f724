/** Tokens: counted exactly where a tokenizer is public, and estimated in passing. */
export * from './estimate.ts'
export * from './counting/token-counter.ts'
