/** Every kind of call but a client's for an answer. */
import type { Caller } from '#access'
import { GatewayError, invalidRequest } from '#model'
import type { Provider } from '#providers'
import type { NamedTarget, Target } from '#router'
import type { Answer, EmbeddingCall, GatewayCall } from './call.ts'
import { type AskModel, createAsk } from './calls/ask.ts'
import { compact, createSummaryCall } from './calls/compact.ts'
import { countTokens } from './calls/count-tokens.ts'
import { createEmbedder, embeds } from './calls/embed.ts'
import { createExplain, type Explain } from './calls/explain/explain.ts'
import { forward, type Forwarding } from './calls/forward.ts'
import { type ListedModel, listModels } from './calls/list-models.ts'
import {
  readAskedModel,
  type RealtimeAnswer,
  toRealtimeTargets,
  tryRealtime,
} from './calls/realtime/realtime.ts'
import { createSettleLost, type SettleLost } from './calls/settle-lost.ts'
import type { GatewayOptions } from './options.ts'
import { redactError } from './redaction/redaction.ts'
import { readEnvelope } from './request/envelope.ts'
import { NO_NOTES } from './state.ts'
import type { Steps } from './steps.ts'
import type { Checks } from './targets/checks.ts'
import { refuseFurtherModels } from './targets/permitted-targets.ts'
import { tryTarget } from './targets/try-target.ts'

export interface OtherCalls {
  /** Generates for this process: it asks in the vocabulary, and hears the events of the answer. */
  readonly ask: AskModel
  /** Settles a call of `ask` whose process ended before the call did. */
  readonly settleLost: SettleLost
  /** Counts tokens, free of charge and of limits, at the target that the call itself would reach. */
  countTokens(call: GatewayCall): Promise<Answer>
  /** Summarises a conversation. */
  compact(call: GatewayCall): Promise<Answer>
  embed(call: EmbeddingCall): Promise<Answer>
  /** Answers 101 with a conversation, if an upstream opened one. */
  openRealtime(call: GatewayCall): Promise<RealtimeAnswer | Answer>
  /** Sends a call to one target unchanged, and relays the answer. */
  forward(call: GatewayCall, place: NamedTarget, how: Forwarding): Promise<Answer>
  /** The models that a caller may use. */
  listModels(caller: Caller): Promise<readonly ListedModel[]>
  /** Where a call would go, and why. */
  readonly explain: Explain
}

export const createOtherCalls = (
  { listed, router, capabilities, catalogue, maxDepth, redact, ...options }: GatewayOptions,
  {
    order,
    answer,
    read,
    findTargets,
    resolveFor,
    admit,
    follow,
    cached,
    tryInTurn,
    tryOnce,
    means,
  }: Steps,
  { stateOf }: Pick<Checks, 'stateOf'>,
  generate: (call: GatewayCall) => Promise<Answer>,
): OtherCalls => ({
  ask: createAsk(generate, (error) => redactError(error, redact)),
  settleLost: createSettleLost(options, resolveFor),

  countTokens: (asked) =>
    answer(asked, async (record) => {
      record.costsNothing()
      const restored = read(asked, record)
      const { call, envelope } = restored
      const [target] = await findTargets(restored, true)
      if (!target) throw new GatewayError('internal', 'No target was left to try.')
      follow(call, target, record, false)
      return tryOnce(call, record, target, (_, headers) =>
        countTokens({ ...means, call, envelope, target, record, headers }),
      )
    }),

  compact: (asked) =>
    answer(asked, async (record) => {
      const restored = read(asked, record)
      const { call, envelope } = restored
      const targets = await findTargets(restored)
      await admit(call, { ...envelope, stream: false }, targets, record)
      const summary = createSummaryCall(call, maxDepth, (bytes) => record.holds(record.hold(bytes)))
      const { noteHome } = restored.note()
      // A summary is no response, but only the account that made it can read it.
      const noteGiven = (target: Target) => ({ onGiven: noteHome?.(target).onGiven })
      const attempt = { ...means, ...NO_NOTES, noteHome: noteGiven, record }
      return tryInTurn(call, record, targets, (target, headers) =>
        compact({
          call,
          envelope,
          summary,
          send: (each) => tryTarget({ ...attempt, ...each, target, headers }),
          target,
        }),
      )
    }),

  embed: (call) =>
    answer(call, async (record) => {
      const envelope = readEnvelope(call, maxDepth)
      record.asked(envelope.model)
      refuseFurtherModels(call, envelope)
      const targets = await resolveFor(call, envelope.model)
      const able = order(call, targets.filter(embeds))
      if (able.length === 0)
        throw invalidRequest(`'${envelope.model}' leads to no model that embeds.`, 'model')
      await admit(call, { ...envelope, stream: false }, able, record)
      const embedFor = (made: EmbeddingCall): Promise<Answer> =>
        tryInTurn(made, record, able, createEmbedder(made, envelope, record))
      return cached
        ? cached({ asked: call, call, envelope, targets: able, record }, embedFor)
        : embedFor(call)
    }),

  openRealtime: (call) =>
    answer(call, async (record) => {
      const asked = readAskedModel(call)
      record.asked(asked)
      const targets = await resolveFor(call, asked)
      const able = order(call, toRealtimeTargets(asked, targets))
      await admit(call, { model: asked, stream: false }, able, record)
      return tryInTurn(call, record, able, (target, headers) =>
        tryRealtime(call, target, { record, headers, redact }),
      )
    }),

  forward: (call, place, how) =>
    answer(call, async (record) => {
      record.asked(place.model)
      const target = toTarget(place, listed)
      follow(call, target, record, true)
      return tryInTurn(call, record, [target], (each, headers) =>
        forward(call, each, { ...how, record, headers, redact }),
      )
    }),

  listModels: (caller) => listModels(router, catalogue, caller),
  explain: createExplain(router, capabilities, options.conversationSecret !== undefined, {
    lookAhead: router.lookAhead,
    checkOf: stateOf,
  }),
})

/** @throws GatewayError `not_found` */
const toTarget = (
  { provider: { name }, model }: NamedTarget,
  providers: readonly Provider[],
): Target => {
  const provider = providers.find((each) => each.name === name && each.kind === 'http')
  if (provider) return { provider, model }
  throw new GatewayError('not_found', `The provider '${name}' is not configured any more.`, {
    vendorCode: 'response_not_found',
  })
}
