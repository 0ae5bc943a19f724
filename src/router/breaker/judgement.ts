/** What the end of an attempt says about its target, and about its provider. */
import { type ErrorCode, type GatewayError, isKeyRefused, type Settlement } from '#model'
import { restAsTold, UNTOLD_REST_MS } from '#providers'

/** An upstream that refuses a request is well. Otherwise the requests of one caller would close it to all others. */
export type Judgement = 'well' | 'target ill' | 'provider ill' | 'unknown'

const ILL: ReadonlySet<Settlement['outcome']> = new Set<ErrorCode>([
  'upstream_failed',
  'upstream_overloaded',
  'upstream_broken',
  'upstream_invalid',
  'upstream_timeout',
])

export const judge = (error: GatewayError): Judgement => {
  if (isKeyRefused(error) || error.code === 'upstream_unreachable') return 'provider ill'
  const { status = 0 } = error.upstream ?? {}
  if (status >= 400 && status < 500) return 'well'
  return ILL.has(error.code) ? 'target ill' : 'unknown'
}

/** Whether a failure says that the upstream cannot answer, and not only that it refuses this request. */
export const isIll = (error: GatewayError): boolean => {
  const judgement = judge(error)
  return judgement === 'target ill' || judgement === 'provider ill'
}

/** Whether an answer that had begun was not brought to its end by its target. */
export const isBroken = (outcome: Settlement['outcome']): boolean => ILL.has(outcome)

/** How long the upstream asks to be left alone. */
export const restAfter = (error: GatewayError): number => {
  if (error.code === 'upstream_rate_limited') return restAsTold(error, UNTOLD_REST_MS)
  return error.code === 'upstream_overloaded' ? restAsTold(error, 0) : 0
}
