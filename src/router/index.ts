/** Model name -> ordered targets. */
export * from './aliases.ts'
export * from './router.ts'
