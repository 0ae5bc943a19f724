/** Which answer a command asks for, by the messages that are there now. */
import { type Attachment, GatewayError, invalidRequest } from '#model'
import { newMessageId } from '../../../sessions/ids.ts'
import type { MessageRecord } from '../../../sessions/session-store.ts'
import { MAX_MESSAGE_BYTES } from '../../../settings.ts'
import type { AnswerCommand, SessionCore } from '../../live/core.ts'
import type { Wanted } from '../../run/begin-run.ts'
import { notFound } from '../errors.ts'
import { findMessage } from '../find-message.ts'

/**
 * @param id of the message, or of the answer to one that is there.
 * @throws GatewayError `not_found`, `invalid_request`
 */
export const toWanted = async (
  core: SessionCore,
  command: AnswerCommand,
  id = newMessageId(),
): Promise<Wanted> => {
  if (command.type === 'regenerate') return toAnotherAnswer(core, command, id)
  if (command.type === 'continue') return toContinuation(core, command.run_id, id)
  checkContent(command.content)
  const edited = command.type === 'edit' ? await findEdited(core, command) : undefined
  // Whatever the client took for the head: a message is appended to what is there now.
  const parentId = edited ? edited.parentId : core.record.head
  const { content, model, client_message_id: clientMessageId } = command
  const { files = filesOf(edited), metadata = edited?.metadata } = command
  return {
    user: { id, parentId, content, clientMessageId, attachments: files, metadata },
    parentId: id,
    model,
    ...(command.type === 'message' && { onDisconnect: command.on_disconnect }),
  }
}

/** Doors judge this, too, but commands also come from elsewhere. */
const checkContent = (content: string): void => {
  if (content.trim() === '') throw invalidRequest("'content' must not be empty.", 'content')
  if (Buffer.byteLength(content) > MAX_MESSAGE_BYTES)
    throw new GatewayError(
      'request_too_large',
      `A message has at most ${MAX_MESSAGE_BYTES} bytes.`,
      { param: 'content' },
    )
}

const filesOf = (message: MessageRecord | undefined): readonly Attachment[] | undefined =>
  message?.parts.flatMap((part) => {
    if (part.kind !== 'attachment') return []
    const { kind: _kind, ...file } = part
    return [file]
  })

const findEdited = async (
  core: SessionCore,
  { message_id: id }: Extract<AnswerCommand, { type: 'edit' }>,
): Promise<MessageRecord> => {
  const message = await findMessage(core, id)
  if (message.role !== 'user')
    throw invalidRequest(
      'Only messages of users can be edited: regenerate an answer.',
      'message_id',
    )
  return message
}

const toAnotherAnswer = async (
  core: SessionCore,
  { message_id: of, model }: Extract<AnswerCommand, { type: 'regenerate' }>,
  answerId: string,
): Promise<Wanted> => {
  const message = await findMessage(core, of)
  const asked =
    message.role === 'user' || message.parentId === null
      ? message
      : await findMessage(core, message.parentId)
  return { parentId: asked.id, model, answerId, ...toContinued(asked) }
}

/** An answer whose parent is an answer goes on with it. */
const toContinued = ({ role, runId }: MessageRecord): Pick<Wanted, 'continues'> =>
  role === 'assistant' && runId !== undefined ? { continues: runId } : {}

const toContinuation = async (
  { writer, around, key, run: active }: SessionCore,
  runId: string,
  answerId: string,
): Promise<Wanted> => {
  const run = await writer.read(() => around.store.run(key, runId))
  if (!run) throw notFound('run', 'run_id')
  if (run.status === 'done' && run.finishReason !== 'length')
    throw invalidRequest('The run is complete: there is nothing to continue.', 'run_id')
  if (run.status === 'running' && active?.runId !== runId) throw notFound('run', 'run_id')
  return { parentId: run.messageId, model: run.model, continues: runId, answerId }
}
