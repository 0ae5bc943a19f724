/** A command that waits for its turn, as it is kept: another process may find it. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import type { Visitor } from '../../../chat.ts'
import { fromSentVisitor, type SentVisitor, toSentVisitor } from '../../../sent-visitor.ts'
import type { QueuedRecord } from '../../../sessions/session-store.ts'
import type { AnswerCommand, SessionCore, Waiting } from '../../live/core.ts'

interface Kept {
  readonly command: AnswerCommand
  readonly by: SentVisitor
}

export const toQueued = (
  { queue, around }: SessionCore,
  command: AnswerCommand,
  visitor: Visitor,
  { id, clientMessageId }: { readonly id: string; readonly clientMessageId?: string | undefined },
): QueuedRecord => {
  const kept: Kept = { command, by: toSentVisitor(visitor) }
  return {
    messageId: id,
    place: (queue.at(-1)?.place ?? 0) + 1,
    command: JSON.stringify(kept),
    createdAt: around.now(),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
  }
}

/** Undefined if its caller may no longer call, or if it cannot be read. */
export const fromQueued = (
  { around, key }: SessionCore,
  { command: text }: QueuedRecord,
): Waiting | undefined => {
  const kept = parseObject(text)
  if (!isKept(kept)) return undefined
  const visitor = fromSentVisitor(kept.by, key, around.findCaller)
  return visitor && { command: kept.command, visitor, starter: undefined }
}

const isKept = (value: JsonObject | undefined): value is JsonObject & Kept =>
  value !== undefined &&
  isJsonObject(value.command) &&
  isJsonObject(value.by) &&
  isJsonObject(value.by.caller)
