/** Finds the uploads that a message names, and keeps them for its session. */
import { type Attachment, GatewayError, invalidRequest } from '#model'
import { MAX_FILES_BYTES } from '../../../settings.ts'
import type { AnswerCommand, SessionCore } from '../../live/core.ts'
import { fromStore } from '../../log/from-store.ts'

/** @returns the command with what is known of its uploads. @throws GatewayError `invalid_request`, `request_too_large` */
export const findFiles = async (
  core: SessionCore,
  command: AnswerCommand,
): Promise<AnswerCommand> => {
  const ids = 'attachments' in command ? command.attachments : undefined
  if (!ids) return command
  const found = await fromStore(core.around.store.uploads.find(core.key.owner, [...new Set(ids)]))
  const known = new Map(found.map((upload) => [upload.id, upload]))
  const all = ids.map((id, at): Attachment => {
    const upload = known.get(id)
    if (!upload) throw noSuchFile(at)
    return { upload_id: id, name: upload.name, type: upload.type, bytes: upload.bytes }
  })
  const files = [...new Map(all.map((file) => [file.upload_id, file])).values()]
  if (files.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_FILES_BYTES)
    throw new GatewayError(
      'request_too_large',
      `The attachments of a message have at most ${MAX_FILES_BYTES} bytes together.`,
      { param: 'attachments' },
    )
  return { ...command, files } as AnswerCommand
}

/** @throws GatewayError `invalid_request`: one has expired meanwhile. */
export const keepFiles = async (
  { around, key }: Pick<SessionCore, 'around' | 'key'>,
  { files = [] }: { readonly files?: readonly Attachment[] },
): Promise<void> => {
  const ids = files.map(({ upload_id: id }) => id)
  if (ids.length > 0 && !(await fromStore(around.store.uploads.use(key, ids)))) throw noSuchFile(0)
}

const noSuchFile = (at: number): GatewayError =>
  invalidRequest(`'attachments[${at}]' is not an upload that is there.`, `attachments[${at}]`)
