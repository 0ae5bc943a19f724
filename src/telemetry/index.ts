/** What operators see: logs. */
export * from './log.ts'
export * from './redactor.ts'
export * from './standard-output.ts'
