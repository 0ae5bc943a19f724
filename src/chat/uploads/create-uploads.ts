/** The answers of `/api/uploads`. */
import { scopeOf } from '#access'
import { GatewayError } from '#model'
import type { SessionStore } from '../sessions/session-store.ts'
import type { UploadRecord } from '../sessions/uploads/upload-store.ts'
import { fromStore } from '../turns/log/from-store.ts'
import { receiveUpload } from './receive-upload.ts'
import type { Uploader, Uploads } from './uploads.ts'

interface UploadsOptions {
  readonly store: Pick<SessionStore, 'uploads'>
  readonly now: () => number
}

export const createUploads = ({ store: { uploads }, now }: UploadsOptions): Uploads => {
  /** @throws GatewayError `not_found` */
  const find = async (uploader: Uploader, id: string): Promise<UploadRecord> => {
    const [found] = await fromStore(uploads.find(scopeOf(uploader.caller), [id]))
    if (!found) throw noSuchUpload()
    return found
  }

  async function* read(upload: UploadRecord) {
    let left = upload.bytes
    for (let place = 0; left > 0; place++) {
      const piece = await fromStore(uploads.piece(upload, place))
      if (!piece) throw noSuchUpload()
      left -= piece.length
      yield piece
    }
  }

  return {
    async receive({ caller }, file) {
      return toWire(await receiveUpload({ store: uploads, now }, scopeOf(caller), file))
    },
    read: async (uploader, id) => toWire(await find(uploader, id)),
    async content(uploader, id) {
      const upload = await find(uploader, id)
      const { name, type, bytes } = upload
      return { name, type, bytes, pieces: read(upload) }
    },
    async delete(uploader, id) {
      await fromStore(uploads.delete(await find(uploader, id)))
    },
  }
}

const noSuchUpload = (): GatewayError =>
  new GatewayError('not_found', 'There is no such upload.', { param: 'upload_id' })

const toWire = ({ id, name, type, bytes, sha256, createdAt, expiresAt }: UploadRecord): object => ({
  upload_id: id,
  name,
  type,
  bytes,
  sha256,
  created_at: new Date(createdAt).toISOString(),
  expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
})
