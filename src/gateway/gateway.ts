/** The path of one call. */
import type { Access, Caller, CallHeaders, MemoryAccount } from '#access'
import { GatewayError, invalidRequest, type Settler, toGatewayError } from '#model'
import type { Catalogue, Provider } from '#providers'
import type { Router, Target } from '#router'
import type { Log, Redact } from '#telemetry'
import type { TokenCounter } from '#usage'
import type { Answer, EmbeddingCall, GatewayCall } from './call.ts'
import { type CallRecord, createCallRecord } from './record/call-record.ts'
import { compact, createSummaryCall } from './calls/compact.ts'
import { countTokens } from './calls/count-tokens.ts'
import { departureOf } from './attempts/departure.ts'
import { openInTime } from './answer/early-opening.ts'
import { createEmbedder, embeds } from './calls/embed.ts'
import { type Envelope, readEnvelope } from './request/envelope.ts'
import { encodeFailure } from './answer/failure.ts'
import { forward, type Forwarding } from './calls/forward.ts'
import { createHealth } from './targets/health.ts'
import { createHopGuard } from './request/hop-guard.ts'
import { createLargeWork } from './attempts/large-work.ts'
import { type ListedModel, listModels } from './calls/list-models.ts'
import {
  readAskedModel,
  type RealtimeAnswer,
  toRealtimeTargets,
  tryRealtime,
} from './calls/realtime.ts'
import { anthropicWordsFor, toAnthropicAtChat } from './request/anthropic-at-chat.ts'
import { toResponsesAtChat } from './request/responses-at-chat.ts'
import { redactAnswer, redactError } from './redaction/redaction.ts'
import type { RetryOptions } from './targets/retry.ts'
import { createTurns } from './targets/fallback.ts'
import { tryTarget } from './targets/try-target.ts'
import { createDecoder } from './request/decode-request.ts'
import type { AnswerNotes, CallState, RestoredCall } from './state.ts'

export interface GatewayOptions {
  readonly providers: readonly Provider[]
  readonly access: Access
  readonly state: CallState
  /** Of all that is held for callers. */
  readonly memory: MemoryAccount
  readonly router: Router
  readonly catalogue: Catalogue
  readonly counter: TokenCounter
  readonly log: Log
  /** Each is given what every call came to. */
  readonly settlers: readonly Settler[]
  /** Takes configured keys out of what upstreams say. */
  readonly redact: Redact
  readonly retry: RetryOptions
  /** How deep a body's JSON may be nested. */
  readonly maxDepth: number
  /** After how long a silent stream is opened. */
  readonly openAfterMs: number
}

export interface Gateway {
  /** @throws GatewayError */
  authenticate(headers: CallHeaders): Caller
  /** Does not reject: a failure is an answer, too. */
  generate(call: GatewayCall): Promise<Answer>
  countTokens(call: GatewayCall): Promise<Answer>
  /** A conversation made short. */
  compact(call: GatewayCall): Promise<Answer>
  embed(call: EmbeddingCall): Promise<Answer>
  /** Answers 101, with a conversation, where an upstream has opened one. */
  openRealtime(call: GatewayCall): Promise<RealtimeAnswer | Answer>
  /** Sends a call to one target as it is, and relays the answer. */
  forward(call: GatewayCall, target: Target, how: Forwarding): Promise<Answer>
  listModels(): Promise<readonly ListedModel[]>
  /** Some target can be used, as far as is known. */
  isReady(): boolean
}

export const createGateway = (options: GatewayOptions): Gateway => {
  const { access, state, router, catalogue, counter, log, memory } = options
  const hops = createHopGuard()
  const health = createHealth()
  const large = createLargeWork()
  const means = { catalogue, counter, memory, redact: options.redact, large }
  const { tryInTurn, tryOnce } = createTurns({ hops, health, log, retry: options.retry })

  const read = (asked: GatewayCall, record: CallRecord): RestoredCall => {
    const outline = readEnvelope(asked, options.maxDepth, anthropicWordsFor(asked))
    record.asked(outline.model)
    const shaped = toAnthropicAtChat(toResponsesAtChat(asked, outline), outline)
    return state.restore(shaped, outline, record)
  }

  const findTargets = async ({
    call,
    envelope,
    narrow,
  }: RestoredCall): Promise<readonly Target[]> =>
    narrow(await router.resolve(envelope.model, call.protocol.name))

  const tryTargets = (
    call: GatewayCall,
    envelope: Envelope,
    targets: readonly Target[],
    record: CallRecord,
    notes: AnswerNotes,
  ): Promise<Answer> => {
    const decode = createDecoder(call)
    const attempt = { ...means, ...notes, call, envelope, record, decode }
    return tryInTurn(call, record, targets, (target, headers) =>
      tryTarget({ ...attempt, target, headers }),
    )
  }

  const generate = (asked: GatewayCall): Promise<Answer> =>
    answer(asked, async (record) => {
      const restored = read(asked, record)
      const { call, envelope } = restored
      const { targets, begin } = restored.defer(await findTargets(restored))
      if (begin) return begin((deferred) => generateDeferred(deferred, targets, record))
      const answered = tryTargets(call, envelope, targets, record, restored.note())
      if (!envelope.stream) return answered
      const toError = (thrown: unknown) => fail(call, record, thrown)
      return openInTime(call, answered, options.openAfterMs, toError)
    })

  /** No client waits for this answer, or sees its failure, so it is logged here. */
  const generateDeferred = async (
    call: GatewayCall,
    targets: readonly Target[],
    record: CallRecord,
  ): Promise<Answer> => {
    try {
      const envelope = readEnvelope(call, options.maxDepth)
      const answered = await tryTargets(call, envelope, targets, record, NO_NOTES)
      return withRecord(answered, record)
    } catch (thrown) {
      throw fail(call, record, thrown)
    }
  }

  const makeShort = (asked: GatewayCall): Promise<Answer> =>
    answer(asked, async (record) => {
      const restored = read(asked, record)
      const { call, envelope } = restored
      const targets = await findTargets(restored)
      const summary = createSummaryCall(call, options.maxDepth, (bytes) =>
        record.holds(record.hold(bytes)),
      )
      const attempt = { ...means, ...NO_NOTES, record }
      return tryInTurn(call, record, targets, (target, headers) =>
        compact({
          call,
          envelope,
          summary,
          send: (each) => tryTarget({ ...attempt, ...each, target, headers }),
          target,
        }),
      )
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
      return tryInTurn(call, record, able, embedAt)
    })

  /** Counting is free of charge and of limits, but goes where the call itself would go. */
  const count = (asked: GatewayCall): Promise<Answer> =>
    answer(asked, async (record) => {
      const restored = read(asked, record)
      const { call, envelope } = restored
      const [target] = await findTargets(restored)
      if (!target) throw new GatewayError('internal', 'No target was left to try.')
      return tryOnce(call, record, target, (_, headers) =>
        countTokens({ ...means, call, envelope, target, record, headers }),
      )
    })

  const openRealtime = (call: GatewayCall): Promise<RealtimeAnswer | Answer> =>
    answer(call, async (record) => {
      const asked = readAskedModel(call)
      record.asked(asked)
      const targets = await router.resolve(asked, call.protocol.name)
      return tryInTurn(call, record, toRealtimeTargets(asked, targets), (target, headers) =>
        tryRealtime(call, target, { record, headers, redact: options.redact }),
      )
    })

  const forwardTo = (call: GatewayCall, target: Target, how: Forwarding): Promise<Answer> =>
    answer(call, async (record) => {
      record.asked(target.model)
      return tryInTurn(call, record, [target], (each, headers) =>
        forward(call, each, { ...how, record, headers, redact: options.redact }),
      )
    })

  /** What all calls have in common: a record from the first moment, and an honest end. */
  const answer = async <Given extends Answer>(
    call: GatewayCall,
    respond: (record: CallRecord) => Promise<Given>,
  ): Promise<Given | Answer> => {
    const record = createCallRecord(options.settlers, memory, call)
    try {
      hops.check(call.rawHeaders)
      return withRecord(redactAnswer(await respond(record), options.redact), record)
    } catch (thrown) {
      const error = fail(call, record, thrown)
      return withRecord(encodeFailure(call, error, record.relayed), record)
    }
  }

  /** What the client is told of a failure, once the log has been told the whole of it. */
  const fail = (call: GatewayCall, record: CallRecord, thrown: unknown): GatewayError => {
    // Whatever a departure interrupts, fails in its own words.
    const reason = call.signal.aborted ? departureOf(call.signal) : toGatewayError(thrown)
    const error = redactError(reason, options.redact)
    if (error.code === 'internal')
      log.error({ requestId: call.requestId, error: error.cause }, error.message)
    record.settle(error.code, undefined, error)
    return error
  }

  return {
    authenticate: access.authenticate,
    generate,
    countTokens: count,
    compact: makeShort,
    embed,
    openRealtime,
    forward: forwardTo,
    listModels: () => listModels(router, catalogue),
    isReady: () => options.providers.some((provider) => health.isUsable(provider)),
  }
}

/** A summary, or an answer whose client was told of it already. */
const NO_NOTES: AnswerNotes = { remember: undefined, noteHome: undefined }

/** The answer, with what is told of how it came to be. */
const withRecord = <Given extends Answer>(answer: Given, record: CallRecord): Given => ({
  ...answer,
  headers: [...answer.headers, ...record.headers()],
})
