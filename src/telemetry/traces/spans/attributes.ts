/**
 * What spans say of calls: by the conventions of OpenTelemetry for generative AI and for HTTP, and beyond them under
 * names of our own.
 */
import { type Settlement, type TracedCall, type Usage, usageOf } from '#model'
import { toReasonName, toVendorName } from './operations.ts'

/** What is undefined is left out. */
export type Attributes = Record<string, string | number | boolean | string[] | undefined>

/**
 * What a span keeps of a text until it is sent: enough that no secret is cut which begins in the part that is sent. A
 * copy, since a part of a text would keep all of it.
 */
const KEPT_CHARACTERS = 5_120

export const toKept = (text: string): string =>
  text.length <= KEPT_CHARACTERS ? text : Buffer.from(text.slice(0, KEPT_CHARACTERS)).toString()

const toKeptText = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : toKept(text)

/** Where a provider is, and whose models it has. */
export interface KnownProvider {
  /** Its vendor, as in the configuration. */
  readonly vendor: string
  /** Absent: it is in this process. */
  readonly origin?: string
}

/** The provider of a call that has reached none: it is answered by Sluice itself. */
const OURSELVES = 'sluice'

/** Known when a call arrives, so that samplers may use it. */
export const toArrival = (
  { requestId, route, caller }: TracedCall,
  operation: string,
  { model, stream }: { readonly model: string | undefined; readonly stream: boolean },
): Attributes => {
  const [method = '', path] = route.split(' ')
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': OURSELVES,
    'gen_ai.request.model': toKeptText(model),
    'gen_ai.request.stream': stream || undefined,
    ...(method === 'WS'
      ? { 'network.protocol.name': 'websocket', 'http.route': path }
      : { 'http.request.method': method, 'http.route': path }),
    'sluice.request_id': requestId,
    'sluice.caller': caller.id,
    'sluice.key.name': caller.name,
    'sluice.owner': caller.owner,
  }
}

/** Known when a call has ended. */
export const toResult = (settlement: Settlement, known: KnownProvider | undefined): Attributes => {
  const { target, outcome, firstByteMs, overheadMs, answer, cost } = settlement
  return {
    ...(target && {
      'gen_ai.provider.name': toVendorName(known?.vendor ?? target.provider),
      'sluice.target': toKept(`${target.provider}/${target.model}`),
    }),
    ...toAnswered(settlement),
    'gen_ai.response.id': toKeptText(answer?.id),
    'gen_ai.response.model': toKeptText(answer?.model),
    'gen_ai.response.finish_reasons': answer?.reasons?.map(toReasonName).map(toKept),
    'gen_ai.response.time_to_first_chunk':
      firstByteMs === undefined ? undefined : firstByteMs / 1000,
    'error.type': outcome === 'ok' ? undefined : outcome,
    'sluice.outcome': outcome,
    'sluice.ending': settlement.ending,
    'sluice.attempts': settlement.attempts,
    'sluice.lane': settlement.lane,
    'sluice.protocol': settlement.protocol,
    'sluice.cost': cost ?? undefined,
    'sluice.overhead_ms': overheadMs,
    'sluice.tags': settlement.tags,
    'sluice.answer_id': toKeptText(settlement.answerId),
  }
}

/** Only the span of the call has them: a sum over all spans would count tokens twice otherwise. */
const toAnswered = (settlement: Settlement): Attributes => {
  if (settlement.isFree) return { 'sluice.counted_tokens': settlement.usage.inputTokens }
  return settlement.target ? toTokens(usageOf(settlement)) : {}
}

const toTokens = (usage: Usage): Attributes => ({
  'gen_ai.usage.input_tokens': usage.inputTokens,
  'gen_ai.usage.output_tokens': usage.outputTokens,
  'gen_ai.usage.cache_read.input_tokens': usage.cacheReadTokens || undefined,
  'gen_ai.usage.cache_creation.input_tokens': usage.cacheWriteTokens || undefined,
  'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens || undefined,
  'gen_ai.usage.audio.input_tokens': usage.audioInputTokens,
  'gen_ai.usage.audio.output_tokens': usage.audioOutputTokens,
  'gen_ai.usage.image.input_tokens': usage.imageInputTokens,
  'sluice.usage.estimated': usage.estimated || undefined,
})

/** Known when an attempt begins. */
export const toAttempt = (
  target: NonNullable<Settlement['target']>,
  operation: string,
  known: KnownProvider | undefined,
): Attributes => ({
  'gen_ai.operation.name': operation,
  'gen_ai.provider.name': toVendorName(known?.vendor ?? target.provider),
  'gen_ai.request.model': toKept(target.model),
  ...toAddress(known?.origin),
  'sluice.target': toKept(`${target.provider}/${target.model}`),
})

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

const toAddress = (origin: string | undefined): Attributes => {
  if (origin === undefined || !URL.canParse(origin)) return {}
  const { hostname, port, protocol } = new URL(origin)
  return {
    'server.address': hostname,
    'server.port': port === '' ? DEFAULT_PORTS[protocol] : Number(port),
  }
}

/** Their values are never whole numbers by nature, so a receiver must not take one for an integer. */
export const FRACTIONS: ReadonlySet<string> = new Set([
  'gen_ai.response.time_to_first_chunk',
  'sluice.cost',
  'sluice.overhead_ms',
])
