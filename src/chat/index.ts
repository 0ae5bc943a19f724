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
export { ANY_RUN } from './dialects/frames/watched-run.ts'
export { chatWs } from './dialects/chat-ws.ts'
export { client } from './dialects/client.ts'
export * from './dialects/dialect.ts'
export { type ChatOptions, createChat, type ServedChat } from './create-chat.ts'
export * from './sessions/session-store.ts'
export type { Neighbours } from './turns/live/core.ts'
export type * from './sessions/uploads/upload-store.ts'
export {
  type ChatSettings,
  DEFAULT_CHAT,
  MAX_LISTED_MESSAGES,
  MAX_LISTED_SESSIONS,
  MAX_UPLOAD_BYTES,
  type MessageRate,
} from './settings.ts'
export { createSessionStore } from './sessions/create-session-store.ts'
export { createStreamedStore } from './sessions/streamed/create-streamed-store.ts'
export { plain } from './dialects/plain.ts'
export { room } from './dialects/room.ts'
export { SOCKET_DIALECTS } from './dialects/socket-paths.ts'
export type { UploadContent, UploadedFile, Uploads } from './uploads/uploads.ts'
export { loadJudges } from './schema/load-judges.ts'
export { loadPublished, type PublishedName } from './schema/load-published.ts'
export { readSessionId } from './schema/session-id.ts'
