/** Calls that are made in this process, in the vocabulary: no protocol is written or read for them. */
import type { Caller } from '#access'
import { type Departure, GatewayError, type ModelRequest, type Settlement } from '#model'
import { openaiChat } from '#protocols'
import type { ByteSink } from '#streams'
import { estimateRequestBytes } from '#usage'
import type { Answer, GatewayCall, ModelListener } from '../call.ts'

export interface ModelCall {
  /** Its settlement counts once under this id, also if another process settles it (`settleLost`). */
  readonly id?: string
  readonly requestId: string
  /** The name in the log. */
  readonly route: string
  readonly caller: Caller
  /** The network of the client. Undefined if addresses are not counted. */
  readonly network?: string | undefined
  /** Its answer is always streamed, whatever it says. */
  readonly request: ModelRequest
  readonly signal: Departure
  /** Calls of one conversation return to one target while it is healthy. */
  readonly conversation?: string
  /** The caller's own words for the call, separated by commas. */
  readonly tags?: string
}

export interface ModelOutcome {
  /** The same as in the ledger. */
  readonly settlement: Settlement
  /** Present if the call failed, before its answer or in the middle of it. */
  readonly error?: GatewayError
}

/** About how many bytes the body of such a request would have: by these, what is lost of a call is estimated. */
export const sizeOfRequest = estimateRequestBytes

/** Does not reject. It resolves when the call is settled: no event follows. */
export type AskModel = (call: ModelCall, listener: ModelListener) => Promise<ModelOutcome>

/**
 * @param generate takes the call through the same steps as that of a client. Does not reject.
 * @param redact removes our keys from an error.
 */
export const createAsk =
  (
    generate: (call: GatewayCall) => Promise<Answer>,
    redact: (error: GatewayError) => GatewayError,
  ): AskModel =>
  (call, listener) =>
    new Promise((resolve) => {
      const onSettlement = settling(call.signal, redact, resolve)
      void generate(toGatewayCall(call, listener, onSettlement)).then(drain)
    })

/** Separate, because it lives as long as the answer, and must not retain the request. */
const settling =
  (
    signal: Departure,
    redact: (error: GatewayError) => GatewayError,
    resolve: (outcome: ModelOutcome) => void,
  ): NonNullable<GatewayCall['onSettlement']> =>
  (settlement, known) => {
    const { outcome } = settlement
    if (outcome === 'ok') return resolve({ settlement })
    const error = known ?? signal.reason ?? new GatewayError(outcome, 'The answer failed.')
    resolve({ settlement, error: redact(error) })
  }

const NOTHING = Buffer.from('{}')

const toGatewayCall = (
  { id, requestId, route, caller, network, request, signal, conversation, tags }: ModelCall,
  listener: ModelListener,
  onSettlement: NonNullable<GatewayCall['onSettlement']>,
): GatewayCall => ({
  id,
  requestId,
  route,
  protocol: openaiChat,
  toPath: (model) => openaiChat.toPath(model, true),
  named: { model: request.model, stream: true },
  caller,
  network,
  body: NOTHING,
  asked: {
    request: { ...request, stream: true },
    bytes: estimateRequestBytes(request),
    conversation,
    listener,
  },
  rawHeaders: tags === undefined ? [] : ['x-sluice-tags', tags],
  query: '',
  inFrames: true,
  signal,
  onSettlement,
})

/** The events of the answer are told elsewhere: these bytes only show that it moves. */
const drain = ({ body }: Answer): void => {
  if (typeof body !== 'string') body.readTo(NOBODY)
}

const NOBODY: ByteSink = { write: () => true, end: () => undefined, abort: () => undefined }
