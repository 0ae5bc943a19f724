/** Doors. */
export * from './http-server.ts'
export type { BodyLimits } from './request-body.ts'
