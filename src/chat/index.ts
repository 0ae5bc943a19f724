/** The chat backend: sessions, their turns, and the dialects in which doors speak of them. */
export * from './chat.ts'
export * from './dialects/dialect.ts'
