/** What operators see: logs. */
export * from './log.ts'
export * from './redactor.ts'
