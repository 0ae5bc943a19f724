/** What operators see: logs. */
export * from './call-line.ts'
export * from './log.ts'
export * from './redactor.ts'
export * from './standard-output.ts'
export type * from './backends.ts'
export { chooseFormat, type MetricsFormat } from './metrics/formats.ts'
export { type ConfigFacts, createMetrics, type Metrics } from './metrics/metrics.ts'
