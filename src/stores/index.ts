/** What outlives a call. Live state: limits, slots and messages, in this process or in Redis. */
export * from './live/live-store.ts'
export { createLiveStore, type LiveStoreOptions } from './live/create-live-store.ts'
export { urlSecrets } from './url-secrets.ts'
