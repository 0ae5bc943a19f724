/** The path of one call. */
export { SMALL_BYTES } from './attempts/answer-bounds.ts'
export * from './call.ts'
export * from './gateway.ts'
export type { ListedModel } from './calls/list-models.ts'
export type { RealtimeAnswer, RealtimeConversation } from './calls/realtime.ts'
export { DEFAULT_RETRY, type RetryOptions } from './targets/retry.ts'
