/** Resolves a model name to targets, best first. */
export * from './aliases.ts'
export { type Attempted, createTraffic, type TargetView, type Traffic } from './balance/traffic.ts'
export { STRATEGIES, type Strategy } from './balance/tree.ts'
export { type BreakerOptions, DEFAULT_BREAKER } from './breaker/breaker.ts'
export { isCostly } from './costly-expression.ts'
export * from './named-targets.ts'
export * from './router.ts'
export * from './target.ts'
