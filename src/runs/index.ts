/** Logs of what outlives its connection, and places in them. */
export * from './event-log.ts'
export * from './position.ts'
