/** Writes a request for embeddings. */
import { createHash } from 'node:crypto'
import type { EmbeddingRequest } from '#model'
import type { EmbeddingProtocol } from '../embeddings.ts'
import { withoutUndefined } from '../fields.ts'

export const encodeRequest: EmbeddingProtocol['encodeRequest'] = (request, { model }) => ({
  body: withoutUndefined({
    model,
    input: request.inputs,
    dimensions: request.dimensions,
    encoding_format: 'float' satisfies EmbeddingRequest['encoding'],
    user: request.userId ? toOpaque(request.userId) : undefined,
  }),
  dropped: request.unspoken ?? [],
})

/** Who it is, is the client's business; that it is the same one, the vendor may know. */
const toOpaque = (userId: string): string => createHash('sha256').update(userId).digest('hex')
