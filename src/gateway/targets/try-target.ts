/** Sends a call to one target, by the lane that fits the target. */
import { type ContentTrace, GatewayError, invalidRequest, type ModelRequest } from '#model'
import { type Codec, type Protocol, withMissingResults } from '#protocols'
import type { Catalogue, HttpProvider } from '#providers'
import type { Target } from '#router'
import { estimateRequestTokens } from '#usage'
import type { Redact } from '#telemetry'
import type { Answer, GatewayCall } from '../call.ts'
import type { LaneRecord } from '../record/call-record.ts'
import type { Spent } from '../record/spent.ts'
import type { Envelope } from '../request/envelope.ts'
import { attemptHttp } from '../attempts/http-attempt.ts'
import { toListHeader } from '../record/header-value.ts'
import { isRelayed } from '../lanes/choose-lane.ts'
import { watchContent } from '../lanes/wrapped/content-watch.ts'
import { tellAnswer, Telling } from '../lanes/wrapped/telling.ts'
import { usableProtocols } from '../lanes/choose-protocol.ts'
import type { Lane } from '../lanes/lane.ts'
import type { LargeWork } from '../attempts/large-work.ts'
import { attemptLocal } from '../attempts/local-attempt.ts'
import { createRelayLane } from '../lanes/relay-lane.ts'
import { wantsRunningCost, withFinalCost, withRunningCost } from '../lanes/wrapped/running-cost.ts'
import type { AnswerNotes } from '../state.ts'
import { createTranslateLane, type Translation } from '../lanes/translate-lane.ts'

export interface Try extends AnswerNotes {
  readonly call: GatewayCall
  readonly envelope: Envelope
  readonly target: Target
  readonly record: LaneRecord
  readonly catalogue: Catalogue
  readonly redact: Redact
  readonly large: LargeWork
  /** Headers of ours for every upstream, as alternating names and values. */
  readonly headers: readonly string[]
  /** Decodes the request, anew for each target. @throws GatewayError */
  readonly decode: () => ModelRequest
}

export const tryTarget = async (attempt: Try): Promise<Answer> => {
  const { call, envelope, target, record, headers, noteHome } = attempt
  const { provider, model } = target
  const { signal } = call
  const telling = tellingFor(attempt)
  if (record.content?.wantsRequest) await showRequest(attempt, record.content)
  if (provider.kind === 'local') {
    record.lane('translate', 'local')
    // The demo must not be mistaken for a real model.
    const shown = provider.isDemo ? `${provider.name}/${model}` : envelope.model
    const translation = await attempt.large(call, () => translate(attempt, shown, telling))
    const dropped = new Set<string>(translation.request.ignoredFields)
    const drop = (name: string) => void dropped.add(name)
    const told = { call, provider, model, translation, telling, signal, record, drop }
    const answer = await attemptLocal(told)
    return withChanges(answer, { dropped: [...dropped], added: translation.added })
  }
  const lane = isRelayed(call, envelope, target)
    ? createRelayLane(call, envelope, {
        model,
        injectUsage: provider.injectUsage && provider.traits(model).takesStreamOptions !== false,
        redact: attempt.redact,
        ...noteHome?.(target),
      })
    : await createTranslation(attempt, provider, telling)
  record.lane(lane.kind, lane.protocol.name)
  const { stream } = envelope
  const answer = await attemptHttp({
    lane: telling ? tellAnswer(lane, telling) : watched(lane, attempt),
    provider,
    stream,
    headers,
    signal,
    record,
    keyChoice: call.belonging,
  })
  return withChanges(answer, lane)
}

/** Present if this process asks. */
const tellingFor = ({ call, target, record }: Try): Telling | undefined => {
  const { asked, signal } = call
  const { provider, model } = target
  return (
    asked &&
    new Telling({
      listener: asked.listener,
      target: { provider: provider.name, model },
      signal,
      record,
      // A local attempt records what is said by itself.
      content: provider.kind === 'http' ? record.content : undefined,
    })
  )
}

/** Adds to an answer what its client wants to know, and shows it to whoever records it. */
const watched = (lane: Lane, { call, envelope, record }: Try): Lane => {
  const costed = envelope.stream && wantsRunningCost(call) ? withCost(lane, call, record) : lane
  const { codec } = call.protocol
  return record.content && codec ? watchContent(costed, codec, record.content) : costed
}

/** A request that cannot be decoded may still be relayed. */
const showRequest = async ({ call, decode, large }: Try, content: ContentTrace): Promise<void> => {
  try {
    await large(call, () => content.asked(decode()))
  } catch {
    // It is not recorded then.
  }
}

const withCost = (lane: Lane, call: GatewayCall, record: LaneRecord): Lane => {
  const costOf = (spent: Spent) => record.costOf(spent)
  return {
    ...lane,
    openStream: () => withRunningCost(lane.openStream(), { call, kind: lane.kind, costOf }),
    convert(whole) {
      const answer = lane.convert(whole)
      // A complete answer that is relayed is no stream, although the client asked for one.
      if (lane.kind === 'relay') return answer
      return { ...answer, body: withFinalCost(answer.body, costOf(answer), call) }
    },
  }
}

/** Adds headers that list what was changed in the request. */
const withChanges = (
  answer: Answer,
  { dropped, added = [] }: Pick<Lane, 'dropped' | 'added'>,
): Answer => {
  if (dropped.length === 0 && added.length === 0) return answer
  return {
    ...answer,
    headers: [
      ...answer.headers,
      ...toListHeader('x-sluice-dropped', dropped),
      ...toListHeader('x-sluice-added', added),
    ],
  }
}

const createTranslation = async (
  attempt: Try,
  provider: HttpProvider,
  telling: Telling | undefined,
): Promise<Lane> => {
  const { call, envelope, target, catalogue, large } = attempt
  const translation = await large(call, () => translate(attempt, envelope.model, telling))
  const hasTools = translation.request.tools.some(({ kind }) => kind !== 'native')
  const protocol = usableProtocols(provider, target.model, hasTools).find(hasCodec)
  if (!protocol)
    throw new GatewayError('internal', `No protocol of '${provider.name}' can be translated.`)
  // Anthropic requires an output limit, and for a new model only its own list of models knows it.
  if (provider.listsLimits && provider.traits(target.model).maxOutputTokens === undefined)
    await catalogue.listOf(provider)
  const traits = provider.traits(target.model)
  return large(call, () => createTranslateLane(translation, { protocol, traits }))
}

const hasCodec = (protocol: Protocol): protocol is Protocol & { readonly codec: Codec } =>
  protocol.codec !== undefined

/** @param model the model name in the answer. */
const translate = (attempt: Try, model: string, telling: Telling | undefined): Translation => {
  const { call, target, decode, remember, redact } = attempt
  const { codec } = call.protocol
  if (!codec)
    throw invalidRequest(
      `'${target.provider.name}/${target.model}' does not speak the protocol of this route, which is only relayed.`,
      'model',
    )
  const asked = decode()
  const { turns, answered } = withMissingResults(asked.turns)
  const request = answered.length === 0 ? asked : { ...asked, turns }
  return {
    codec: telling?.codec ?? codec,
    request,
    redact,
    added: answered.map((id) => `tool_result.${id}`),
    answer: {
      model,
      provider: target.provider.name,
      inputTokens: estimateRequestTokens(request),
      usageInStream: request.usageInStream ?? false,
      createdAtMs: Date.now(),
      ...call.promised,
      ...(!telling && codec.toRepeated && { request: codec.toRepeated(request) }),
      ...(remember && { remember: (whole) => remember(whole, target) }),
    },
  }
}
