/** The path of one call. */
import type { Access, Caller, CallHeaders, MemoryAccount } from '#access'
import { GatewayError, invalidRequest, toGatewayError } from '#model'
import type { Catalogue, Provider } from '#providers'
import type { Router, Target } from '#router'
import type { Log, Redact } from '#telemetry'
import type { TokenCounter } from '#usage'
import type { Answer, EmbeddingCall, GatewayCall, RevisitCall } from './call.ts'
import type { BackgroundRun } from './responses/background/background-run.ts'
import { type CallRecord, createCallRecord } from './record/call-record.ts'
import { compact, createSummaryCall } from './calls/compact.ts'
import { countTokens } from './calls/count-tokens.ts'
import { departureOf } from './attempts/departure.ts'
import { openInTime, toBeatMs } from './answer/early-opening.ts'
import { createEmbedder, embeds } from './calls/embed.ts'
import { type Envelope, readEnvelope } from './request/envelope.ts'
import { encodeFailure } from './answer/failure.ts'
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
import { type Homes, noteHomeFor, noteItemsFor, pinTargets } from './responses/pin-targets.ts'
import { givenTo, recall, type Recalled, rememberFor } from './responses/recall.ts'
import { createResponseHomes } from './responses/response-targets.ts'
import { createResponseStore } from './responses/store/response-store.ts'
import { anthropicWordsFor, toAnthropicAtChat } from './request/anthropic-at-chat.ts'
import { toResponsesAtChat } from './request/responses-at-chat.ts'
import { createBackgroundRuns, wantsBackground } from './responses/background/background.ts'
import { revisitHere, revisitThere, unknownResponse } from './responses/revisit.ts'
import { redactAnswer, redactError } from './redaction/redaction.ts'
import type { RetryOptions } from './targets/retry.ts'
import { createTurns, noteOwnFault } from './targets/fallback.ts'
import { tryTarget } from './targets/try-target.ts'
import { createDecoder } from './request/decode-request.ts'
import { isRelayed } from './lanes/choose-lane.ts'

export interface GatewayOptions {
  readonly providers: readonly Provider[]
  readonly access: Access
  /** Of all that is held for callers. */
  readonly memory: MemoryAccount
  readonly router: Router
  readonly catalogue: Catalogue
  readonly counter: TokenCounter
  readonly log: Log
  /** Takes configured keys out of what upstreams say. */
  readonly redact: Redact
  readonly retry: RetryOptions
  /** How deep a body's JSON may be nested. */
  readonly maxDepth: number
  /** How large a request may become by what is put back into it. */
  readonly maxBodyBytes: number
  /** Ids that no caller was given here go upstream, where several callers share a key. */
  readonly trustsUnknownIds: boolean
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
  /** To a response that was given before. Rejects where this caller has none of this name. */
  revisit(call: RevisitCall): Promise<Answer>
  embed(call: EmbeddingCall): Promise<Answer>
  /** Answers 101, with a conversation, where an upstream has opened one. */
  openRealtime(call: GatewayCall): Promise<RealtimeAnswer | Answer>
  listModels(): Promise<readonly ListedModel[]>
  /** Resolves when nothing runs on that no client waits for, or the time is over. */
  drain(withinMs: number): Promise<void>
  /** Some target can be used, as far as is known. */
  isReady(): boolean
}

/** A call with all that it leans on put back in, and what decides where it goes. */
interface Read extends Recalled {
  readonly envelope: Envelope
}

export const createGateway = (options: GatewayOptions): Gateway => {
  const { access, router, catalogue, counter, log, memory } = options
  const hops = createHopGuard()
  const responses = createResponseStore<BackgroundRun>({ memory })
  const beatMs = toBeatMs(options.openAfterMs)
  const shared = access.hasManyCallers
  const background = createBackgroundRuns({ responses, beatMs, shared })
  const homes: Homes = {
    given: createResponseHomes({ memory }),
    conversations: createResponseHomes({ memory }),
    trustsUnknown: !shared || options.trustsUnknownIds,
  }
  const health = createHealth()
  const large = createLargeWork()
  const means = { catalogue, counter, memory, redact: options.redact, large }
  const tryInTurn = createTurns({ hops, health, log, retry: options.retry })

  const read = (asked: GatewayCall, record: CallRecord): Read => {
    const outline = readEnvelope(asked, options.maxDepth, anthropicWordsFor(asked))
    record.asked(outline.model)
    const shaped = toAnthropicAtChat(toResponsesAtChat(asked, outline), outline)
    const references = asked.protocol.findReferences?.(asked.body, outline.members, shared) ?? []
    const { call, ...recalled } = recall(shaped, outline, references, {
      responses,
      memory,
      maxBytes: options.maxBodyBytes,
      record,
    })
    const envelope = call.body === asked.body ? outline : readEnvelope(call, options.maxDepth)
    return { call, envelope, ...recalled }
  }

  const findTargets = async ({ call, envelope, unknown }: Read): Promise<readonly Target[]> => {
    const targets = await router.resolve(envelope.model, call.protocol.name)
    return pinTargets(call, envelope, unknown, targets, homes)
  }

  const revisit = async (call: RevisitCall): Promise<Answer> => {
    const { caller, revisit: visit } = call
    const stored = responses.find(caller, visit.id)
    if (stored) return revisitHere(call, stored, responses, beatMs)
    const home = homes.given.find(caller, visit.id)
    if (!home) throw unknownResponse(visit.id)
    return answer(call, async (record) => {
      record.asked(home.target.model)
      const answered = await tryInTurn(call, [home.target], (_, headers) =>
        revisitThere({
          call,
          home,
          notes: noteItemsFor(call, home.target, homes),
          record,
          headers,
          redact: options.redact,
        }),
      )
      if (visit.kind === 'delete') homes.given.forget(caller, visit.id)
      return answered
    })
  }

  const tryTargets = (
    { call, envelope, unknown, leaning }: Read,
    targets: readonly Target[],
    record: CallRecord,
  ): Promise<Answer> => {
    const decode = createDecoder(call)
    const remember = rememberFor(call, envelope, leaning, responses)
    const noteHome = noteHomeFor(call, envelope, unknown, homes)
    const whatever = { ...means, call, envelope, record, decode, remember, noteHome }
    return tryInTurn(call, targets, (target, headers) =>
      tryTarget({ ...whatever, target, headers }),
    )
  }

  const generate = (asked: GatewayCall): Promise<Answer> =>
    answer(asked, async (record) => {
      const asRead = read(asked, record)
      const { call, envelope, leaning } = asRead
      const targets = await findTargets(asRead)
      const [first] = targets
      const isInBackground = first && wantsBackground(call, envelope)
      if (isInBackground && !isRelayed(call, envelope, first)) {
        const able = targets.filter((target) => !isRelayed(call, envelope, target))
        const given = givenTo(call, envelope, leaning)
        return background.start(call, envelope, given, (run) => goOn(run, able, record))
      }
      // An upstream that does it itself is not followed by one that would have to be waited for.
      const able = isInBackground
        ? targets.filter((target) => isRelayed(call, envelope, target))
        : targets
      const answered = tryTargets(asRead, able, record)
      if (!envelope.stream) return answered
      const toError = (thrown: unknown) => fail(call, record, thrown)
      return openInTime(call, answered, options.openAfterMs, toError)
    })

  /** What nobody waits for: its failure is told to the log here, since no answer will tell of it. */
  const goOn = async (
    call: GatewayCall,
    targets: readonly Target[],
    record: CallRecord,
  ): Promise<Answer> => {
    try {
      const envelope = readEnvelope(call, options.maxDepth)
      const answered = await tryTargets({ call, envelope, unknown: [] }, targets, record)
      return withRecord(answered, record)
    } catch (thrown) {
      throw fail(call, record, thrown)
    }
  }

  const makeShort = (asked: GatewayCall): Promise<Answer> =>
    answer(asked, async (record) => {
      const asRead = read(asked, record)
      const { call, envelope } = asRead
      const targets = await findTargets(asRead)
      const summary = createSummaryCall(call, options.maxDepth, (bytes) =>
        record.holds(record.hold(bytes)),
      )
      const whatever = { ...means, record, remember: undefined, noteHome: undefined }
      return tryInTurn(call, targets, (target, headers) =>
        compact({
          call,
          envelope,
          summary,
          send: (each) => tryTarget({ ...whatever, ...each, target, headers }),
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
      return tryInTurn(call, able, embedAt)
    })

  /** Counting is free of charge and of limits, but goes where the call itself would go. */
  const count = (asked: GatewayCall): Promise<Answer> =>
    answer(asked, async (record) => {
      const asRead = read(asked, record)
      const { call, envelope } = asRead
      const [target] = await findTargets(asRead)
      if (!target) throw new GatewayError('internal', 'No target was left to try.')
      const headers = hops.headers(call.rawHeaders)
      try {
        return await countTokens({ ...means, call, envelope, target, record, headers })
      } catch (thrown) {
        noteOwnFault(log, call, target, toGatewayError(thrown))
        throw thrown
      }
    })

  const openRealtime = (call: GatewayCall): Promise<RealtimeAnswer | Answer> =>
    answer(call, async (record) => {
      const asked = readAskedModel(call)
      record.asked(asked)
      const targets = await router.resolve(asked, call.protocol.name)
      return tryInTurn(call, toRealtimeTargets(asked, targets), (target, headers) =>
        tryRealtime(call, target, { record, headers, redact: options.redact }),
      )
    })

  /** What all calls have in common: a record from the first moment, and an honest end. */
  const answer = async <Given extends Answer>(
    call: GatewayCall,
    respond: (record: CallRecord) => Promise<Given>,
  ): Promise<Given | Answer> => {
    const record = createCallRecord(log, memory, call)
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
    revisit,
    embed,
    openRealtime,
    drain: background.drain,
    listModels: () => listModels(router, catalogue),
    isReady: () => options.providers.some((provider) => health.isUsable(provider)),
  }
}

/** The answer, with what is told of how it came to be. */
const withRecord = <Given extends Answer>(answer: Given, record: CallRecord): Given => ({
  ...answer,
  headers: [...answer.headers, ...record.headers()],
})
