/** Writes a request for the embeddings of many contents. */
import { type EmbeddingInput, invalidRequest } from '#model'
import type { EmbeddingProtocol } from '../embedding-protocol.ts'
import { withoutUndefined } from '../../requests/fields.ts'

export const encodeRequest: EmbeddingProtocol['encodeRequest'] = (request, { provider, model }) => {
  const toContent = (input: EmbeddingInput) => {
    if (typeof input !== 'string')
      throw invalidRequest(
        `'input' must be text: the tokens of another vendor mean nothing to '${provider}/${model}'.`,
        'input',
      )
    return { parts: [{ text: input }] }
  }
  return {
    body: {
      requests: request.inputs.map((input) =>
        withoutUndefined({
          model: `models/${model}`,
          content: toContent(input),
          outputDimensionality: request.dimensions,
        }),
      ),
    },
    dropped: [...(request.ignoredFields ?? []), ...(request.userId === undefined ? [] : ['user'])],
  }
}
