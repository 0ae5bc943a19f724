/** What operators see: logs, metrics and traces. */
export * from './call-line.ts'
export * from './log.ts'
export * from './redactor.ts'
export * from './standard-output.ts'
export type * from './backends.ts'
export { chooseFormat, type MetricsFormat } from './metrics/formats.ts'
export { type ConfigFacts, createMetrics, type Metrics } from './metrics/metrics.ts'
export {
  SAMPLERS,
  type SamplerName,
  type TraceOptions,
  traceSecrets,
} from './traces/trace-options.ts'
export { createTraces } from './traces/traces.ts'
export { type MetricsPart, sumReadings, toLasting } from './metrics/parts.ts'
