/** The store of uploads, on the rows of the sessions. */
import { GatewayError } from '#model'
import type { Rows } from '#stores'
import type { AskStore } from '../ask-store.ts'
import { type RowKey, toRowKey } from '../rows/key-text.ts'
import type { UploadStore } from './upload-store.ts'

interface UploadStoreOptions {
  readonly rows: Pick<Rows, 'maxBytes'>
  readonly ask: AskStore
  readonly now: () => number
  /** To be called when something was deleted. */
  readonly wipeSoon: () => void
}

/** @returns the store, and what deletes the uploads that deleted sessions have left. */
export const createUploadStore = ({
  rows,
  ask,
  now,
  wipeSoon,
}: UploadStoreOptions): UploadStore & { deleteReleased(): Promise<void> } => {
  // Sessions need room as well.
  const mostOfAll = rows.maxBytes === undefined ? undefined : rows.maxBytes / 2

  const remove = async (key: RowKey, expiredBy?: number): Promise<boolean> => {
    if (!(await ask(({ hideUpload }, store) => hideUpload(store, key, expiredBy)))) return false
    while (await ask(({ deletePieces }, store) => deletePieces(store, key)));
    wipeSoon()
    return true
  }

  const deleteExpired = async (at: number): Promise<void> => {
    let isAny: boolean
    do {
      isAny = false
      for (const key of await ask(({ findExpiredUploads }, store) => findExpiredUploads(store, at)))
        isAny = (await remove(key, at)) || isAny
    } while (isAny)
  }

  return {
    begin: (upload, most) =>
      ask(({ beginUpload }, store) => beginUpload(store, upload, most, mostOfAll)),
    addPiece: (key, place, bytes) =>
      ask(({ writePiece }, store) => writePiece(store, key, place, bytes)),
    async complete(upload) {
      if (!(await ask(({ completeUpload }, store) => completeUpload(store, upload))))
        throw new GatewayError('conflict', 'The upload took too long.')
    },
    find: (owner, ids) => ask(({ findUploads }, store) => findUploads(store, owner, ids, now())),
    piece: (key, place) => ask(({ readPiece }, store) => readPiece(store, key, place)),
    use: (session, ids) => ask(({ useUploads }, store) => useUploads(store, session, ids, now())),
    delete: (key) => remove(toRowKey(key)),
    expire: () => deleteExpired(now()),
    deleteReleased: () => deleteExpired(0),
  }
}
