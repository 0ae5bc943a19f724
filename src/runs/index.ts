/** Logs of what outlives its connection, and places in them. */
export { createEventLog } from './create-event-log.ts'
export * from './event-log.ts'
export * from './position.ts'
