/** Who may call. */
export * from './access.ts'
export * from './caller.ts'
export { presentedKeys } from './credentials.ts'
export * from './loopback.ts'
export * from './memory-account.ts'
export { DEFAULT_ORIGINS, type OriginCheck } from './origins.ts'
