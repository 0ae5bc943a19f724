/** A command that waits for its turn, as it is kept: another process may find it. */
import { type Caller, scopeOf } from '#access'
import { isJsonObject, type JsonObject, parseObject } from '#model'
import type { Visitor } from '../../../chat.ts'
import type { QueuedRecord } from '../../../sessions/session-store.ts'
import type { AnswerCommand, SessionCore, Waiting } from '../../live/core.ts'

interface Kept {
  readonly command: AnswerCommand
  readonly callerId: string
  readonly userId?: string | undefined
  readonly network?: string | undefined
  readonly requestId: string
  readonly route: string
}

export const toQueued = (
  { queue, around }: SessionCore,
  command: AnswerCommand,
  { caller, network, requestId, route }: Visitor,
  { id, clientMessageId }: { readonly id: string; readonly clientMessageId?: string | undefined },
): QueuedRecord => {
  const { id: callerId, userId } = caller
  const kept: Kept = { command, callerId, userId, network, requestId, route }
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
  const { command, callerId, userId, network, requestId, route } = kept
  const holder = around.findCaller(callerId)
  if (!holder) return undefined
  const caller: Caller = userId === undefined ? holder : { ...holder, userId, userOf: holder }
  if (scopeOf(caller) !== key.owner) return undefined
  return { command, visitor: { caller, network, requestId, route }, starter: undefined }
}

const isKept = (value: JsonObject | undefined): value is JsonObject & Kept =>
  value !== undefined && isJsonObject(value.command) && typeof value.callerId === 'string'
