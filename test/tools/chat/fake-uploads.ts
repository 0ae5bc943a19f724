/** Uploads in a map, for doors without a store. */
import { type Caller, scopeOf } from '#access'
import type { Uploads } from '#chat'

import { GatewayError } from '#model'

interface Uploader {
  readonly caller: Caller
}

interface Kept {
  readonly name: string
  readonly type: string
  readonly content: Buffer
}

export const createFakeUploads = (): Uploads => {
  const kept = new Map<string, Kept>()
  const toKey = ({ caller }: Uploader, id: string): string => `${scopeOf(caller)}\n${id}`
  const find = (visitor: Uploader, id: string): Kept => {
    const found = kept.get(toKey(visitor, id))
    if (!found) throw new GatewayError('not_found', 'There is no such upload.')
    return found
  }
  const show = (id: string, { name, type, content }: Kept) => ({
    upload_id: id,
    name,
    type,
    bytes: content.length,
  })

  return {
    async receive(visitor, { name, type, bytes }) {
      const chunks: Uint8Array[] = []
      for await (const chunk of bytes) chunks.push(chunk)
      const id = `upl_${kept.size}`
      const upload = { name, type, content: Buffer.concat(chunks) }
      kept.set(toKey(visitor, id), upload)
      return show(id, upload)
    },
    read: async (visitor, id) => show(id, find(visitor, id)),
    async content(visitor, id) {
      const { name, type, content } = find(visitor, id)
      async function* read() {
        yield content
      }
      return { name, type, bytes: content.length, pieces: read() }
    },
    async delete(visitor, id) {
      find(visitor, id)
      kept.delete(toKey(visitor, id))
    },
  }
}
