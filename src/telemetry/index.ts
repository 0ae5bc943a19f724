/** What operators see: logs. */
export * from './call-line.ts'
export * from './log.ts'
export * from './redactor.ts'
export * from './standard-output.ts'
