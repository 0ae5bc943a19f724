/** Says how a name leads to targets, step by step, in the order of the router. */
import type { Strategy } from './balance/tree.ts'
import type { Alias } from './names/aliases.ts'
import { type Target, toTargetName } from './target.ts'

export interface RouteStep {
  readonly name: string
  /** The rule that applied to the name. */
  readonly by:
    | 'provider'
    | 'alias'
    | 'model list'
    | 'vendor'
    | 'preset'
    | 'default'
    | 'protocol'
    | 'nothing'
  readonly leadsTo: readonly string[]
  /** How an alias chooses, unless it tries its targets in order, and their weights. */
  readonly strategy?: Strategy
  readonly weights?: readonly number[]
}

/** The rules of a router. */
export interface RouteRules {
  readonly byPrefix: (name: string) => readonly Target[]
  readonly alias: (name: string) => Alias | undefined
  readonly byVendor: (name: string) => readonly Target[]
  readonly preset: (name: string) => readonly string[] | undefined
  readonly defaultModel: string | undefined
  readonly maxSteps: number
}

/** @param found where the name led in the end. */
export const toRouteSteps = (
  name: string,
  found: readonly Target[],
  rules: RouteRules,
): readonly RouteStep[] => {
  const steps = follow(name, rules, 0)
  if (found.length === 0 || steps.some(isEnd)) return steps
  const { defaultModel } = rules
  return defaultModel === undefined
    ? [...steps, { name, by: 'protocol', leadsTo: found.map(toTargetName) }]
    : [
        ...steps,
        { name, by: 'default', leadsTo: [defaultModel] },
        ...follow(defaultModel, rules, 0),
      ]
}

const isEnd = ({ by, leadsTo }: RouteStep): boolean => by !== 'alias' && leadsTo.length > 0

const follow = (name: string, rules: RouteRules, depth: number): readonly RouteStep[] => {
  const named = rules.byPrefix(name)
  if (named.length > 0) return [{ name, by: 'provider', leadsTo: named.map(toTargetName) }]
  const led = depth < rules.maxSteps ? rules.alias(name) : undefined
  if (led) {
    const { targets, strategy = 'ordered', weights } = led
    return [
      {
        name,
        by: 'alias',
        leadsTo: targets,
        ...(strategy !== 'ordered' && { strategy }),
        ...(weights && { weights }),
      },
      ...targets.flatMap((next) => follow(next, rules, depth + 1)),
    ]
  }
  return [toLastStep(name, rules)]
}

const toLastStep = (name: string, { byPrefix, byVendor, preset }: RouteRules): RouteStep => {
  const [target] = byVendor(name)
  if (target) {
    const isListed = target.provider.knownModels()?.some(({ id }) => id === name) ?? false
    return { name, by: isListed ? 'model list' : 'vendor', leadsTo: [toTargetName(target)] }
  }
  const leadsTo = (preset(name) ?? []).filter((each) => byPrefix(each).length > 0)
  return { name, by: leadsTo.length > 0 ? 'preset' : 'nothing', leadsTo }
}
