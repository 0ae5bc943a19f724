/** The chat backend: sessions, their turns, and the dialects in which doors speak of them. */
export * from './chat.ts'
export { canonical } from './dialects/canonical.ts'
export * from './dialects/dialect.ts'
export { type ChatOptions, createChat, type ServedChat } from './create-chat.ts'
export * from './sessions/session-store.ts'
export { type ChatSettings, DEFAULT_CHAT, type MessageRate } from './settings.ts'
export { CHAT_NEEDS_ONE_PROCESS, createUnservedChat } from './unserved-chat.ts'
export { createSessionStore } from './sessions/create-session-store.ts'
