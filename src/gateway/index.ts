/** The path of one call. */
export { SMALL_BYTES } from './answer-bounds.ts'
export * from './call.ts'
export * from './gateway.ts'
export type { ListedModel } from './list-models.ts'
export type { RealtimeCall, RealtimeLine } from './realtime.ts'
export { DEFAULT_RETRY, type RetryOptions } from './retry.ts'
