/** The path of one call. */
import type { Access, Caller, CallHeaders } from '#access'
import { clientLeft, GatewayError, invalidRequest, toGatewayError } from '#model'
import type { Catalogue, Provider } from '#providers'
import type { Router, Target } from '#router'
import type { Log, Redact } from '#telemetry'
import type { TokenCounter } from '#usage'
import type { Answer, EmbeddingCall, GatewayCall } from './call.ts'
import { type CallRecord, createCallRecord } from './call-record.ts'
import { countTokens } from './count-tokens.ts'
import { openInTime } from './early-opening.ts'
import { createEmbedder, embeds } from './embed.ts'
import { readEnvelope } from './envelope.ts'
import { encodeFailure } from './failure.ts'
import { createHealth } from './health.ts'
import { createHopGuard } from './hop-guard.ts'
import { type ListedModel, listModels } from './list-models.ts'
import { findRealtime, type RealtimeCall, type RealtimeLine } from './realtime.ts'
import { recall, rememberFor } from './recall.ts'
import { createResponseStore, type ResponseStore } from './response-store.ts'
import { toResponsesAtChat } from './quirks/responses-at-chat.ts'
import { nextTry, type RetryOptions, wait } from './retry.ts'
import { createDecoder, tryTarget } from './try-target.ts'

export interface GatewayOptions {
  readonly providers: readonly Provider[]
  readonly access: Access
  readonly router: Router
  readonly catalogue: Catalogue
  readonly counter: TokenCounter
  readonly log: Log
  /** Takes configured keys out of what upstreams say. */
  readonly redact: Redact
  readonly retry: RetryOptions
  /** How deep a body's JSON may be nested. */
  readonly maxDepth: number
  /** After how long a silent stream is opened. */
  readonly openAfterMs: number
}

export interface Gateway {
  /** Answers that callers can come back to. */
  readonly responses: ResponseStore
  /** @throws GatewayError */
  authenticate(headers: CallHeaders): Caller
  /** Does not reject: a failure is an answer, too. */
  generate(call: GatewayCall): Promise<Answer>
  countTokens(call: GatewayCall): Promise<Answer>
  embed(call: EmbeddingCall): Promise<Answer>
  /** Where a realtime conversation goes. @throws GatewayError */
  findRealtime(call: RealtimeCall): Promise<RealtimeLine>
  listModels(): Promise<readonly ListedModel[]>
  /** Some target can be used, as far as is known. */
  isReady(): boolean
}

export const createGateway = (options: GatewayOptions): Gateway => {
  const { access, router, catalogue, counter, log } = options
  const hops = createHopGuard()
  const responses = createResponseStore()
  const health = createHealth()

  const generate = (asked: GatewayCall): Promise<Answer> =>
    answer(asked, async (record) => {
      const outline = readEnvelope(asked, options.maxDepth)
      record.asked(outline.model)
      const call = recall(toResponsesAtChat(asked, outline), outline, responses)
      const envelope = call === asked ? outline : readEnvelope(call, options.maxDepth)
      const targets = await router.resolve(envelope.model, call.protocol.name)
      const decode = createDecoder(call)
      const remember = rememberFor(call, responses)
      const answered = tryInTurn(call, targets, (target, headers) =>
        tryTarget({ call, envelope, target, record, catalogue, headers, decode, remember }),
      )
      if (!envelope.stream) return answered
      const toError = (thrown: unknown) => fail(call, record, thrown)
      return openInTime(call, answered, options.openAfterMs, toError, options.redact)
    })

  const embed = (call: EmbeddingCall): Promise<Answer> =>
    answer(call, async (record) => {
      const envelope = readEnvelope(call, options.maxDepth)
      record.asked(envelope.model)
      const targets = await router.resolve(envelope.model, call.protocol.name)
      const able = targets.filter(embeds)
      if (able.length === 0)
        throw invalidRequest(`'${envelope.model}' leads to no model that embeds.`, 'model')
      const embedAt = createEmbedder(call, envelope, record)
      return tryInTurn(call, able, embedAt)
    })

  /** Counting is free of charge and of limits, but goes where the call itself would go. */
  const count = (call: GatewayCall): Promise<Answer> =>
    answer(call, async (record) => {
      const envelope = readEnvelope(call, options.maxDepth)
      record.asked(envelope.model)
      const [target] = await router.resolve(envelope.model, call.protocol.name)
      if (!target) throw new GatewayError('internal', 'No target was left to try.')
      const headers = hops.headers(call.rawHeaders)
      try {
        return await countTokens({ call, envelope, target, record, counter, headers })
      } catch (thrown) {
        noteOwnFault(call, target, toGatewayError(thrown))
        throw thrown
      }
    })

  /** What all calls have in common: a record from the first moment, and an honest end. */
  const answer = async (
    call: GatewayCall,
    respond: (record: CallRecord) => Promise<Answer>,
  ): Promise<Answer> => {
    const record = createCallRecord(log, call)
    try {
      hops.check(call.rawHeaders)
      const answered = await respond(record)
      return { ...answered, headers: [...answered.headers, ...record.headers()] }
    } catch (thrown) {
      const error = fail(call, record, thrown)
      const failure = encodeFailure(call, error, record.relayed, options.redact)
      return { ...failure, headers: [...failure.headers, ...record.headers()] }
    }
  }

  /** What the client is told of a failure, once the log has been told the whole of it. */
  const fail = (call: GatewayCall, record: CallRecord, thrown: unknown): GatewayError => {
    // Whatever a departure interrupts, fails in its own words.
    const error = call.signal.aborted ? clientLeft() : toGatewayError(thrown)
    if (error.code === 'internal')
      log.error({ requestId: call.requestId, error: error.cause }, error.message)
    record.settle(error.code, undefined, error)
    return error
  }

  /** The first answer that any target gives. */
  const tryInTurn = async (
    call: GatewayCall,
    targets: readonly Target[],
    attempt: (target: Target, headers: readonly string[]) => Promise<Answer>,
  ): Promise<Answer> => {
    const headers = hops.headers(call.rawHeaders)
    let position = 0
    let retried = 0
    for (;;) {
      const target = targets[position]
      if (!target) throw new GatewayError('internal', 'No target was left to try.')
      try {
        const answered = await attempt(target, headers)
        health.succeeded(target.provider)
        return answered
      } catch (thrown) {
        const error = toGatewayError(thrown)
        health.failed(target.provider, error)
        noteOwnFault(call, target, error)
        const targetsLeft = targets.length - position - 1
        const next = nextTry(error, { targetsLeft, retried }, options.retry)
        if (next === 'give up') throw error
        if (next === 'next target') position++
        else {
          retried++
          await wait(next.afterMs, call.signal)
        }
      }
    }
  }

  /** A key of ours that is refused is nothing that the client can mend. */
  const noteOwnFault = (call: GatewayCall, target: Target, error: GatewayError): void => {
    if (error.code === 'upstream_denied')
      log.error(
        { requestId: call.requestId, provider: target.provider.name, status: error.status },
        'the provider refuses the configured key',
      )
  }

  return {
    authenticate: access.authenticate,
    responses,
    generate,
    countTokens: count,
    embed,
    async findRealtime(call) {
      hops.check(call.rawHeaders)
      return findRealtime(call, router, log, hops.headers(call.rawHeaders))
    },
    listModels: () => listModels(router, catalogue),
    isReady: () => options.providers.some((provider) => health.isUsable(provider)),
  }
}
