/** One judge for each door of the chat backend; none of them knows how the server writes. */
export { readCanonical } from './canonical.ts'
export { readChatWs } from './chat-ws.ts'
export { readClient } from './client.ts'
export type { DoorReader } from './json-door.ts'
export { readPlain } from './plain.ts'
export { readRoom } from './room.ts'
export type { Entry } from './transcript.ts'
