/** Model name -> ordered targets. */
export * from './aliases.ts'
export { isCostly } from './costly-expression.ts'
export * from './router.ts'
