/** Stores a file while it arrives, a piece at a time: the sender waits while one is written. */
import { createHash } from 'node:crypto'
import { GatewayError, invalidRequest } from '#model'
import { newUploadId } from '../sessions/ids.ts'
import {
  PIECE_BYTES,
  type UploadRecord,
  type UploadStore,
} from '../sessions/uploads/upload-store.ts'
import { MAX_UPLOAD_BYTES } from '../settings.ts'
import { fromStore } from '../turns/log/from-store.ts'
import { createSniffer } from './sniffer.ts'
import type { UploadedFile } from './uploads.ts'

const MAX_OWNER_UPLOADS = 10_000
const MAX_OWNER_UPLOAD_BYTES = 1024 * 1024 * 1024
/** How long an upload is kept that no message uses. */
const UPLOAD_MS = 24 * 60 * 60 * 1000
/** Longer than any request may take. */
const UNFINISHED_UPLOAD_MS = 10 * 60 * 1000

interface Around {
  readonly store: UploadStore
  readonly now: () => number
}

/** @throws GatewayError: nothing of it is kept */
export const receiveUpload = async (
  { store, now }: Around,
  owner: string,
  file: UploadedFile,
): Promise<UploadRecord> => {
  const begun = toBegun(owner, file, now())
  const sniffer = createSniffer(file)
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
  let filled = 0
  let place = 0
  let bytes = 0

  const write = async (): Promise<void> => {
    if (filled === 0) return
    if (place === 0) await fromStore(store.begin(begun, MOST))
    await fromStore(store.addPiece(begun, place, new Uint8Array(piece.subarray(0, filled))))
    place++
    filled = 0
  }

  const take = async (chunk: Uint8Array): Promise<void> => {
    bytes += chunk.length
    if (bytes > MAX_UPLOAD_BYTES) throw tooLarge()
    sniffer.add(chunk)
    hash.update(chunk)
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE_BYTES - filled)
      piece.set(part, filled)
      filled += part.length
      at += part.length
      if (filled === PIECE_BYTES) await write()
    }
  }

  try {
    for await (const chunk of file.bytes) await take(chunk)
    if (bytes === 0) throw invalidRequest('The file is empty.', 'file')
    const type = sniffer.end()
    await write()
    const upload = {
      ...begun,
      type,
      bytes,
      sha256: hash.digest('hex'),
      expiresAt: begun.createdAt + UPLOAD_MS,
    }
    await fromStore(store.complete(upload))
    return upload
  } catch (thrown) {
    // If the store is gone, it expires.
    if (place > 0 || filled > 0) await store.delete(begun).catch(() => undefined)
    throw thrown
  }
}

const MOST = { count: MAX_OWNER_UPLOADS, bytes: MAX_OWNER_UPLOAD_BYTES }

const toBegun = (
  owner: string,
  { name, declaredBytes = MAX_UPLOAD_BYTES }: UploadedFile,
  createdAt: number,
): UploadRecord => ({
  owner,
  id: newUploadId(),
  name,
  type: '',
  bytes: Math.min(declaredBytes, MAX_UPLOAD_BYTES),
  sha256: '',
  createdAt,
  expiresAt: createdAt + UNFINISHED_UPLOAD_MS,
})

const tooLarge = (): GatewayError =>
  new GatewayError('request_too_large', `A file has at most ${MAX_UPLOAD_BYTES} bytes.`, {
    param: 'file',
  })
