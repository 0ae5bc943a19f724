/** What targets can do, and which of them can serve a call. */
export * from './capabilities.ts'
export * from './sift.ts'
