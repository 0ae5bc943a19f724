/** Says where a call would go, and why. Nothing is sent to a target. */
import { type Ability, GatewayError, type ProtocolName, toGatewayError } from '#model'
import {
  ableOf,
  type Capabilities,
  type Judged,
  type Needs,
  type Outlook,
  type Router,
  type RouteStep,
  type Shortcoming,
  type Target,
  toTargetName,
} from '#router'
import type { Provider } from '#providers'
import type { ProviderCheck } from '#telemetry'
import { usableProtocols } from '../../lanes/choose-protocol.ts'
import { judgeFor, nobodyCan } from '../../targets/able-targets.ts'
import { createPermit } from '../../targets/permitted-targets.ts'

export interface RouteQuestion {
  readonly model: string
  /** Of the client. */
  readonly protocol: ProtocolName
  readonly needs: readonly Ability[]
  /** How many tokens of input the call has. */
  readonly tokens?: number
  /** Whether a caller may use a model. Absent: it may use all. */
  readonly permits?: (name: string) => boolean
}

export interface Explanation {
  readonly steps: readonly RouteStep[]
  readonly targets: readonly ExplainedTarget[]
  /** Whether the calls of a conversation stay with one target. */
  readonly keepsConversations: boolean
  /** Why the call would fail. */
  readonly fault?: GatewayError
}

export interface ExplainedTarget {
  readonly name: string
  /** When it is tried: 1 is the first. Absent: never. */
  readonly order?: number
  readonly isPermitted: boolean
  /** How a call is sent to it. */
  readonly lane: 'relay' | 'translate'
  /** What the call needs and it lacks. */
  readonly shortcomings: readonly Shortcoming[]
  /** What is known of it at present. Absent where nothing runs, and for a target that is not tried. */
  readonly present?: Present
}

export interface Present extends Omit<Outlook, 'target'> {
  /** For how long each key of its provider rests, if it has several. */
  readonly keyRestsMs?: readonly number[]
  readonly check?: ProviderCheck
}

/** What a running process knows of targets. */
export interface Knowledge {
  readonly lookAhead: Router['lookAhead']
  readonly checkOf: (provider: Provider) => ProviderCheck | undefined
}

export type Explain = (question: RouteQuestion) => Promise<Explanation>

/**
 * @param hasAffinity whether conversations are looked for.
 * @param knowledge absent for whoever looks into a configuration without serving.
 */
export const createExplain = (
  router: Router,
  capabilities: Capabilities,
  hasAffinity: boolean,
  knowledge?: Knowledge,
): Explain => {
  const permit = createPermit(router)
  return async (question) => {
    const { model, protocol, permits } = question
    const found = await resolve(router, question)
    if (found instanceof GatewayError)
      return {
        steps: router.explain(model, []),
        targets: [],
        keepsConversations: hasAffinity,
        fault: found,
      }
    const isPermitted = permit(permits, model) ?? (() => true)
    const needs = toNeeds(question)
    const asked = { protocol: { name: protocol } }
    const isAlone = found.filter(isPermitted).length === 1
    const judged = found.map((target) => judgeFor(asked, target, needs, capabilities, isAlone))
    const permitted = judged.filter(({ target }) => isPermitted(target))
    const able = ableOf(permitted)
    const fault = toFault(question, permitted, able)
    const outlooks = knowledge?.lookAhead(able, question.tokens ?? 0)
    const ordered = outlooks?.map(({ target }) => target) ?? able
    return {
      steps: router.explain(model, found),
      targets: judged.map(({ target, shortcomings }) => {
        const order = ordered.indexOf(target) + 1
        const outlook = outlooks?.[order - 1]
        return {
          name: toTargetName(target),
          ...(order > 0 && { order }),
          isPermitted: isPermitted(target),
          lane: isRelayed(target, protocol, question) ? 'relay' : 'translate',
          shortcomings,
          ...(knowledge && outlook && { present: toPresent(outlook, knowledge) }),
        }
      }),
      keepsConversations: hasAffinity && router.keepsConversations(found),
      ...(fault && { fault }),
    }
  }
}

const toPresent = ({ target, ...outlook }: Outlook, { checkOf }: Knowledge): Present => {
  const { provider } = target
  const keys = provider.kind === 'http' ? provider.keys : undefined
  const check = checkOf(provider)
  return { ...outlook, ...(keys && { keyRestsMs: keys.restsMs }), ...(check && { check }) }
}

const resolve = async (
  router: Router,
  { model, protocol, permits }: RouteQuestion,
): Promise<readonly Target[] | GatewayError> => {
  try {
    return await router.resolve(model, protocol, permits)
  } catch (thrown) {
    return toGatewayError(thrown)
  }
}

const toNeeds = ({ needs, tokens = 0 }: RouteQuestion): Needs => ({
  has: (ability) => needs.includes(ability),
  exceeds: (most) => (tokens > most ? tokens : undefined),
})

const toFault = (
  { model, protocol }: RouteQuestion,
  permitted: readonly Judged[],
  able: readonly Target[],
): GatewayError | undefined => {
  if (permitted.length === 0)
    return new GatewayError('forbidden', `The caller may use no target of '${model}'.`)
  return able.length === 0
    ? nobodyCan({ protocol: { name: protocol } }, model, permitted)
    : undefined
}

const isRelayed = (
  { provider, model }: Target,
  protocol: ProtocolName,
  { needs }: RouteQuestion,
): boolean =>
  provider.kind === 'http' &&
  usableProtocols(provider, model, needs.includes('tools')).some(({ name }) => name === protocol)
