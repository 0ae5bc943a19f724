/** The doors: HTTP and WebSockets. */
export * from './http/http-server.ts'
export { type ProcessState, stateOfProcess } from './http/monitoring/process-state.ts'
export type { Peers } from './http/hand-over.ts'
export type { BodyLimits } from './bodies/request-body.ts'
export type { Serving } from './serving/serving.ts'
