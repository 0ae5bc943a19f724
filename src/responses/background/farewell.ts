/** Tells a reader of a run why it may read no further, although the run goes on. */
import type { GatewayCall } from '#gateway'
import { GatewayError, type JsonObject } from '#model'
import type { Reader } from './follow-run.ts'

/** A client that has left is told nothing. */
export const createFarewell =
  (
    { protocol, requestId }: Pick<GatewayCall, 'protocol' | 'requestId'>,
    run: { readonly response: JsonObject },
  ): NonNullable<Reader['encodeFarewell']> =>
  (reason, sequence) =>
    reason instanceof GatewayError && reason.code === 'unauthenticated'
      ? protocol.encodeStreamError(reason, requestId, {
          response: run.response,
          sequence_number: sequence,
        })
      : undefined
