/** The dialect of each WebSocket of the chat, by its path. The first path that matches counts. */
import { canonical } from './canonical.ts'
import { chatWs } from './chat-ws.ts'
import { client } from './client.ts'
import type { Dialect } from './dialect.ts'
import { plain } from './plain.ts'
import { room } from './room.ts'

/** The part in braces is the id of the session. Without one, it is in the query or a session is made. */
export const SOCKET_DIALECTS: Readonly<Record<string, Dialect>> = {
  '/ws/session/{id}': canonical,
  '/chat/ws': chatWs,
  '/ws/chat/{session_id}': room,
  '/ws/chat': plain,
  '/ws/langchain': plain,
  // It matches the ones above, too.
  '/ws/{client_id}': client,
}
