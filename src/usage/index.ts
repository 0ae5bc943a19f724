/** Tokens: counted exactly if the tokenizer is public, and estimated where that would take too long. */
export * from './estimate.ts'
export * from './counting/token-counter.ts'
