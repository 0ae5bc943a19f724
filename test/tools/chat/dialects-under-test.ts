/** The dialects in JSON, each with its judge, and what a client of it can know of a session. */
import { canonical, chatWs, client, type Dialect, room } from '#chat'
import type { SessionMessage, StampedEvent } from '#model'
import {
  type DoorReader,
  type Entry,
  readCanonical,
  readChatWs,
  readClient,
  readRoom,
} from '../checkers/chat/index.ts'
import { foldMessages } from './scripted-session.ts'

export interface DialectUnderTest {
  readonly dialect: Dialect
  readonly createReader: () => DoorReader
  /** It shows no questions, and no answers that ended before the connection was opened. */
  readonly answersOnly: boolean
}

export const JSON_DIALECTS: readonly DialectUnderTest[] = [
  { dialect: canonical, createReader: readCanonical, answersOnly: false },
  { dialect: chatWs, createReader: readChatWs, answersOnly: true },
  { dialect: room, createReader: readRoom, answersOnly: false },
  { dialect: client, createReader: readClient, answersOnly: true },
]

const toEntry = ({ role, run_id, content, status }: SessionMessage): Entry => ({
  role,
  ...(run_id !== undefined && { run: run_id }),
  text: content,
  status: status === 'running' || status === 'queued' ? 'open' : status,
})

/** What a client shows after these events. */
export const transcriptOf = (
  log: readonly StampedEvent[],
  { answersOnly }: Pick<DialectUnderTest, 'answersOnly'>,
): readonly Entry[] =>
  foldMessages(log)
    .messages.map(toEntry)
    .filter(({ role }) => role === 'assistant' || !answersOnly)

/** An answer without text may have begun or not: dialects begin it at different events. */
export const visible = (entries: readonly Entry[]): readonly Entry[] =>
  entries.filter(({ status, text }) => status !== 'open' || text !== '')
