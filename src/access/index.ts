/** Who may call, and how much memory each caller may use. */
export * from './access.ts'
export * from './caller.ts'
export { type ConnectionAccess, createConnectionAccess } from './admission/connection-access.ts'
export { presentedKeys } from './admission/credentials.ts'
export * from './admission/loopback.ts'
export * from './memory-account.ts'
export { DEFAULT_ORIGINS, type OriginCheck, originNotAllowed } from './admission/origins.ts'
