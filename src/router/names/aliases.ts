/** Aliases: exact names, names with a wildcard, or regular expressions. */
import { createWildcard } from '#model'
import type { Strategy } from '../balance/tree.ts'

export interface AliasOptions {
  /** `fast`, `claude-*`, or `/^gpt-4(.*)$/`. */
  readonly name: string
  /** The targets, best first. `*` and `$1` are filled in from the name. */
  readonly targets: readonly string[]
  /** How the one that is tried first is chosen. Absent: in their order. */
  readonly strategy?: Strategy
  /** The share of each target, for the strategy `weighted`. Absent: the same for all. */
  readonly weights?: readonly number[]
  /** After how long without an answer the next target is asked as well. Absent: never. */
  readonly hedgeAfterMs?: number
  /** False: the calls of a conversation are balanced like any others. */
  readonly affinity?: boolean
}

export type Alias = Omit<AliasOptions, 'name'>

export type Aliases = (name: string) => Alias | undefined

/** Returns the name and what the groups or wildcards matched, or undefined. */
type Match = (name: string) => readonly (string | undefined)[] | undefined

const REGEX = /^\/(.+)\/(i?)$/

export const createAliases = (aliases: readonly AliasOptions[]): Aliases => {
  const exact = new Map<string, Alias>()
  const wildcards: { match: Match; alias: Alias }[] = []
  const expressions: { match: Match; alias: Alias }[] = []
  for (const { name, ...alias } of aliases) {
    const expression = REGEX.exec(name)
    if (expression) expressions.push({ match: toExpression(expression), alias })
    else if (name.includes('*'))
      wildcards.push({
        match: toWildcard(name),
        alias: withTargets(alias, (target) => target.replace('*', '$1')),
      })
    else exact.set(name, alias)
  }
  const patterns = [...wildcards, ...expressions]

  return (name) => {
    const found = exact.get(name)
    if (found) return found
    for (const { match, alias } of patterns) {
      const groups = match(name)
      if (groups) return withTargets(alias, (target) => fill(target, groups))
    }
    return undefined
  }
}

const withTargets = (alias: Alias, rename: (target: string) => string): Alias => ({
  ...alias,
  targets: alias.targets.map(rename),
})

const fill = (target: string, groups: readonly (string | undefined)[]): string =>
  target.replace(/\$(\d)/g, (_, group) => groups[Number(group)] ?? '')

const toExpression = ([, pattern = '', flags]: RegExpExecArray): Match => {
  const expression = new RegExp(pattern, flags)
  return (name) => expression.exec(name) ?? undefined
}

const toWildcard = (pattern: string): Match => {
  const wildcard = createWildcard(pattern)
  return (name) => {
    const runs = wildcard(name)
    return runs && [name, ...runs]
  }
}
