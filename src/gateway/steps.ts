/** Steps that several kinds of call share. */
import type { AdmittedRequest } from '#access'
import type { Target } from '#router'
import { estimateTokens } from '#usage'
import { type Answering, createAnswering } from './answer/answering.ts'
import { type CallCache, createCallCache } from './cache/call-cache.ts'
import type { GatewayCall } from './call.ts'
import type { GatewayOptions } from './options.ts'
import type { CallRecord } from './record/call-record.ts'
import { anthropicWordsFor, toAnthropicAtChat } from './request/anthropic-at-chat.ts'
import { createToBelonging } from './request/conversation/belonging.ts'
import { type Envelope, readEnvelope } from './request/envelope.ts'
import { toResponsesAtChat } from './request/responses-at-chat.ts'
import type { RestoredCall } from './state.ts'
import { createKeepAble } from './targets/able-targets.ts'
import { createTurns, type TurnOptions, type Turns } from './targets/fallback.ts'
import { type Hedging, toHedging } from './targets/hedge.ts'
import {
  createResolver,
  refuseFurtherModels,
  type ResolveFor,
} from './targets/permitted-targets.ts'
import type { Try } from './targets/try-target.ts'

export interface Steps extends Answering, Turns {
  /** Reads the envelope of a call, with its references to earlier state replaced. @throws GatewayError */
  read(asked: GatewayCall, record: CallRecord): RestoredCall
  /**
   * The targets that may be tried.
   *
   * @param isCount only counts tokens, which every target may.
   * @throws GatewayError `invalid_request` if none can do what the call needs.
   */
  findTargets(restored: RestoredCall, isCount?: boolean): Promise<readonly Target[]>
  /** Puts targets in the order in which a call should try them. */
  order<Chosen extends Target>(
    call: Pick<GatewayCall, 'asked' | 'body' | 'belonging'>,
    targets: readonly Chosen[],
  ): readonly Chosen[]
  /** The targets of a name that the caller of a call may use. Rejects with a GatewayError. */
  readonly resolveFor: ResolveFor
  /**
   * Admits a call within the limits of its caller. In process nothing is awaited.
   *
   * @throws GatewayError `rate_limited`
   */
  admit(
    call: GatewayCall,
    asked: AdmittedRequest,
    targets: readonly Target[],
    record: CallRecord,
  ): Promise<void> | undefined
  /** Undefined: the call must not be sent to two targets at the same time. */
  hedge(call: GatewayCall, envelope: Envelope, targets: readonly Target[]): Hedging | undefined
  /** Notes a call that is free of limits. @param counts whether the tokens that it reports are counted. */
  follow(call: GatewayCall, target: Target, record: CallRecord, counts: boolean): void
  /** Answers a call from the cache if it has the answer, or generates it. Undefined: there is no cache. */
  readonly cached: CallCache['answer'] | undefined
  /** Needed by every attempt. */
  readonly means: Pick<Try, 'catalogue' | 'redact' | 'large'> &
    Pick<GatewayOptions, 'counter' | 'memory'>
}

export const createSteps = (options: GatewayOptions): Steps => {
  const { admission, state, router, traffic, capabilities, catalogue, counter, memory } = options
  const { redact, log, retry, maxDepth } = options
  const { health, hops, large } = options.continuity
  const resolveFor = createResolver(router)
  const toBelonging = createToBelonging(options.conversationSecret)
  const order: Steps['order'] = (call, targets) => {
    const { belonging } = call
    if (belonging && !router.keepsConversations(targets)) belonging.leaveConversation()
    return router.order(targets, estimateTokens(bytesOf(call)), belonging)
  }
  const answered: TurnOptions['answered'] = (call, targets, target) =>
    router.answered(targets, target, estimateTokens(bytesOf(call)), call.belonging)
  const keepAble = createKeepAble(capabilities, catalogue, large)
  const cache = options.cache && createCallCache(options.cache, memory)
  return {
    ...createAnswering({ ...options, hops }),
    ...createTurns({ hops, health, traffic, answered, log, retry }),
    read(asked, record) {
      const outline = readEnvelope(asked, maxDepth, anthropicWordsFor(asked))
      record.asked(outline.model, outline.stream)
      const shaped = toAnthropicAtChat(toResponsesAtChat(asked, outline), outline)
      const belonging = toBelonging(asked, outline)
      return state.restore({ ...shaped, belonging }, outline, record)
    },
    async findTargets({ call, envelope, narrow }, isCount) {
      refuseFurtherModels(call, envelope)
      const held = narrow(await resolveFor(call, envelope.model))
      const able = keepAble({ call, envelope }, held, isCount)
      return order(call, able instanceof Promise ? await able : able)
    },
    order,
    resolveFor,
    admit(call, asked, [first], record) {
      if (!admission || !first) return undefined
      const { name } = call.protocol
      const counted = call.asked ? { ...call, body: { length: call.asked.bytes } } : call
      const pass = admission.admit(counted, asked, first)
      if (pass instanceof Promise) return pass.then((late) => record.admitted(late, name))
      if (pass) record.admitted(pass, name)
      return undefined
    },
    hedge: (call, envelope, [first]) =>
      toHedging(call, envelope, first && router.hedgeAfterMs(first)),
    follow(call, target, record, counts) {
      const pass = admission?.follow(call, target, counts)
      if (pass) record.admitted(pass, call.protocol.name)
    },
    cached: cache?.answer,
    means: { catalogue, counter, memory, redact, large },
  }
}

const bytesOf = ({ asked, body }: Pick<GatewayCall, 'asked' | 'body'>): number =>
  asked?.bytes ?? body.length
