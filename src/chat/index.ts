/** The chat backend: sessions, their turns, and the dialects in which doors speak of them. */
export * from './chat.ts'
export {
  awaitChatEnd,
  type ChatEnd,
  type ChatQuestion,
  readChatQuestion,
  writeChatAnswer,
} from './dialects/api-chat.ts'
export { canonical } from './dialects/canonical.ts'
export {
  chatStream,
  readStreamPlace,
  type StreamPlace,
  writeStreamPlace,
} from './dialects/chat-stream.ts'
export { chatWs } from './dialects/chat-ws.ts'
export { client } from './dialects/client.ts'
export * from './dialects/dialect.ts'
export { createSessionStore } from './sessions/create-session-store.ts'
export * from './sessions/session-store.ts'
