/** The doors: HTTP and WebSockets. */
export * from './http/http-server.ts'
export { type ProcessState, stateOfProcess } from './http/monitoring/process-state.ts'
export type { BodyLimits } from './bodies/request-body.ts'
export type { Serving } from './serving/serving.ts'
