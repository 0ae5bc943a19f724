/** The question where a call would go, in words, and its answer in JSON. */
import { ABILITIES, type Ability, invalidRequest, type JsonObject } from '#model'
import { PROTOCOL_NAMES } from '#providers'
import type { Shortcoming } from '#router'
import type { ExplainedTarget, Explanation, Present, RouteQuestion } from './explain.ts'

interface Words {
  readonly model?: string | undefined
  readonly protocol?: string | undefined
  /** `tools,images,context:50000` */
  readonly needs?: string | undefined
}

/** @throws GatewayError `invalid_request` */
export const toRouteQuestion = ({ model, protocol, needs = '' }: Words): RouteQuestion => {
  if (model === undefined || model === '') throw invalidRequest("'model' is required.", 'model')
  const named = PROTOCOL_NAMES.find((name) => name === (protocol ?? 'openai-chat'))
  if (!named)
    throw invalidRequest(`'protocol' must be one of ${PROTOCOL_NAMES.join(', ')}.`, 'protocol')
  const words = needs
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  const tokens = words.map(toTokens).findLast((count) => count !== undefined)
  return {
    model,
    protocol: named,
    needs: [...new Set(words.flatMap(toAbility))],
    ...(tokens === undefined ? {} : { tokens }),
  }
}

const CONTEXT = /^context:([1-9]\d{0,8})$/

const toTokens = (word: string): number | undefined => {
  const count = CONTEXT.exec(word)?.[1]
  return count === undefined ? undefined : Number(count)
}

const toAbility = (word: string): Ability[] => {
  const ability = ABILITIES.find((each) => each === word)
  if (ability) return [ability]
  if (CONTEXT.test(word)) return []
  throw invalidRequest(
    `'needs' is a list of ${ABILITIES.join(', ')} and context:TOKENS, as in images,context:50000.`,
    'needs',
  )
}

export const toRouteReport = (
  { model, protocol, needs, tokens }: RouteQuestion,
  { steps, targets, keepsConversations, fault }: Explanation,
): JsonObject => ({
  model,
  protocol,
  needs: [...needs, ...(tokens === undefined ? [] : [`context:${tokens}`])],
  steps: steps.map(({ name, by, leadsTo, strategy, weights }) => ({
    name,
    by,
    leads_to: leadsTo,
    ...(strategy && { strategy }),
    ...(weights && { weights }),
  })),
  targets: targets.map(toTarget),
  affinity: keepsConversations,
  error: fault
    ? { code: fault.code, status: fault.status, message: fault.message, param: fault.param ?? null }
    : null,
})

const toTarget = ({
  name,
  order,
  isPermitted,
  lane,
  shortcomings,
  present,
}: ExplainedTarget): JsonObject => ({
  target: name,
  order: order ?? null,
  permitted: isPermitted,
  lane,
  lacks: shortcomings.map(toLack),
  ...(present && { present: toPresent(present) }),
})

const toPresent = ({ keyRestsMs, check, ...known }: Present): JsonObject => ({
  share: known.share,
  skipped: known.isSkipped,
  breaker: known.breaker,
  provider_breaker: known.providerBreaker,
  rests_ms: Math.ceil(known.restsMs),
  in_progress: known.busy,
  first_byte_ms: known.latencyMs === undefined ? null : Math.round(known.latencyMs),
  price: known.price,
  ...(keyRestsMs && {
    keys: keyRestsMs.map((ms, at) => ({ key: at + 1, rests_ms: Math.ceil(ms) })),
  }),
  ...(check && { check: { status: check.status, code: check.code ?? null } }),
})

const toLack = ({ need, source, isMild, tokens }: Shortcoming): JsonObject => ({
  need,
  source,
  refuses: !isMild,
  ...(tokens && { available: tokens.available, needed: tokens.needed }),
})
