/** Reads the files of a prompt from the store, for the model that is asked. */
import { GatewayError, type ModelRequest, type Part, type Turn } from '#model'
import { PIECE_BYTES } from '../../../sessions/uploads/upload-store.ts'
import { MAX_FILES_BYTES } from '../../../settings.ts'
import type { SessionCore } from '../../live/core.ts'
import { fromStore } from '../../log/from-store.ts'
import type { AttachmentPart, Prompt, PromptPart, PromptTurn } from '../prompt.ts'
import { toFileParts, toNote } from './to-file-parts.ts'

export interface WithFiles {
  readonly request: ModelRequest
  /** To be called when the request is not needed any more. */
  release(): void
}

/** Of all runs of this process. */
const MAX_RUN_FILES_BYTES = 256 * 1024 * 1024

const isFile = (part: PromptPart): part is AttachmentPart => part.kind === 'attachment'

/** @throws GatewayError `at_capacity`: the runs in progress have too many files. `store_unavailable` */
export const withFiles = async (core: SessionCore, prompt: Prompt): Promise<WithFiles> => {
  const files = prompt.turns.flatMap(({ parts }) => parts.filter(isFile))
  if (files.length === 0) return { request: prompt as ModelRequest, release: () => undefined }
  const { sent, bytes } = newestOf(files)
  const release = hold(core, bytes)
  try {
    return { request: await fill(core, prompt, sent), release }
  } catch (thrown) {
    release()
    throw thrown
  }
}

/** The last ones that fit: a conversation may have more files than a request. */
const newestOf = (files: readonly AttachmentPart[]) => {
  const sent = new Set<AttachmentPart>()
  let bytes = 0
  for (const file of files.toReversed()) {
    if (bytes + file.bytes > MAX_FILES_BYTES) break
    bytes += file.bytes
    sent.add(file)
  }
  return { sent, bytes }
}

const hold = ({ around: { files } }: SessionCore, bytes: number): (() => void) => {
  if (files.bytes + bytes > MAX_RUN_FILES_BYTES)
    throw new GatewayError(
      'at_capacity',
      'Too many files are being sent to models at the moment. Try again shortly.',
      { retryAfterMs: 1_000 },
    )
  files.bytes += bytes
  let isHeld = true
  return () => {
    if (isHeld) files.bytes -= bytes
    isHeld = false
  }
}

const fill = async (
  core: SessionCore,
  prompt: Prompt,
  sent: ReadonlySet<AttachmentPart>,
): Promise<ModelRequest> => {
  const toParts = async (part: PromptPart): Promise<readonly Part[]> => {
    if (!isFile(part)) return [part]
    if (!sent.has(part))
      return [toNote(part, 'left out: the files of this conversation are too large')]
    const bytes = await readBytes(core, part)
    return bytes ? toFileParts(part, bytes) : [toNote(part, 'no longer there')]
  }
  const fillTurn = async ({ role, parts }: PromptTurn): Promise<Turn> => {
    const filled: Part[] = []
    for (const part of parts) filled.push(...(await toParts(part)))
    return { role, parts: filled }
  }
  const turns: Turn[] = []
  for (const turn of prompt.turns) turns.push(await fillTurn(turn))
  return { ...prompt, turns }
}

/** Undefined if it was deleted. */
const readBytes = async (
  { around: { store }, key: { owner } }: SessionCore,
  { upload_id: id, bytes }: AttachmentPart,
): Promise<Buffer | undefined> => {
  const all = Buffer.allocUnsafeSlow(bytes)
  for (let at = 0; at < bytes; at += PIECE_BYTES) {
    const piece = await fromStore(store.uploads.piece({ owner, id }, at / PIECE_BYTES))
    if (!piece) return undefined
    all.set(piece, at)
  }
  return all
}
