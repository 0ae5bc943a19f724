/** Writes a request for embeddings. */
import type { EmbeddingRequest } from '#model'
import type { EmbeddingProtocol } from '../embedding-protocol.ts'
import { withoutUndefined } from '../../requests/fields.ts'
import { toOpaqueUser } from '../../requests/opaque-user.ts'

export const encodeRequest: EmbeddingProtocol['encodeRequest'] = (request, { model }) => ({
  body: withoutUndefined({
    model,
    input: request.inputs,
    dimensions: request.dimensions,
    encoding_format: 'float' satisfies EmbeddingRequest['encoding'],
    user: toOpaqueUser(request.userId),
  }),
  dropped: request.ignoredFields ?? [],
})
