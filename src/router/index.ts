/** Resolves a model name to targets, best first. */
export * from './aliases.ts'
export { isCostly } from './costly-expression.ts'
export * from './named-targets.ts'
export * from './router.ts'
export * from './target.ts'
