/** The chat backend: sessions, their turns, and the dialects in which doors speak of them. */
export * from './chat.ts'
export { canonical } from './dialects/canonical.ts'
export * from './dialects/dialect.ts'
export { createSessionStore } from './sessions/create-session-store.ts'
export * from './sessions/session-store.ts'
