/** The chat backend: sessions, their turns, and the dialects in which doors speak of them. */
export * from './chat.ts'
export { canonical } from './dialects/canonical.ts'
export * from './dialects/dialect.ts'
export { loadJudges } from './schema/load-judges.ts'
export { readSessionId } from './schema/session-id.ts'
