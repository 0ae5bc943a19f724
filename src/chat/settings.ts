/** What an operator sets for the chat backend. */
import type { WhenBusy } from '#model'

export interface ChatSettings {
  /** How many exchanges of the branch a model sees, besides the message that it answers. */
  readonly maxHistory: number
  /** For sessions that name none. */
  readonly model?: string
  /** Names new sessions after their first answer. Undefined: the first line of their user does. */
  readonly titleModel?: string
  /** What happens to a message that comes during a run. */
  readonly whenBusy: WhenBusy
  /** How long a run goes on without readers. */
  readonly abandonAfterMs: number
  /** How long a session is kept after its last activity. */
  readonly expiresAfterMs: number
  /** How many messages an owner may send. False: any number. */
  readonly messageRate: MessageRate | false
}

export interface MessageRate {
  readonly perMinute: number
  readonly burst: number
}

export const DEFAULT_CHAT: ChatSettings = {
  maxHistory: 50,
  whenBusy: 'queue',
  abandonAfterMs: 10 * 60 * 1000,
  expiresAfterMs: 24 * 60 * 60 * 1000,
  messageRate: { perMinute: 20, burst: 5 },
}

/** A message of a user, in UTF-8. */
export const MAX_MESSAGE_BYTES = 256 * 1024

/** Of one page. */
export const MAX_LISTED_SESSIONS = 50
export const MAX_LISTED_MESSAGES = 100

/** A file for a message. */
export const MAX_UPLOAD_BYTES = 25 * 1024 * 1024
/** The files that a model is sent with a message and those before it. */
export const MAX_FILES_BYTES = 32 * 1024 * 1024
