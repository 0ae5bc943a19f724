/** Aliases: exact names, names with a wildcard, or regular expressions. */
import { createWildcard } from '#model'

export interface AliasOptions {
  /** `fast`, `claude-*`, or `/^gpt-4(.*)$/`. */
  readonly name: string
  /** The targets, best first. `*` and `$1` are filled in from the name. */
  readonly targets: readonly string[]
}

export type Aliases = (name: string) => readonly string[] | undefined

/** Returns the name and what the groups or wildcards matched, or undefined. */
type Match = (name: string) => readonly (string | undefined)[] | undefined

const REGEX = /^\/(.+)\/(i?)$/

export const createAliases = (aliases: readonly AliasOptions[]): Aliases => {
  const exact = new Map<string, readonly string[]>()
  const wildcards: { match: Match; targets: readonly string[] }[] = []
  const expressions: { match: Match; targets: readonly string[] }[] = []
  for (const { name, targets } of aliases) {
    const expression = REGEX.exec(name)
    if (expression) expressions.push({ match: toExpression(expression), targets })
    else if (name.includes('*'))
      wildcards.push({
        match: toWildcard(name),
        targets: targets.map((target) => target.replace('*', '$1')),
      })
    else exact.set(name, targets)
  }
  const patterns = [...wildcards, ...expressions]

  return (name) => {
    const found = exact.get(name)
    if (found) return found
    for (const { match, targets } of patterns) {
      const groups = match(name)
      if (groups) return targets.map((target) => fill(target, groups))
    }
    return undefined
  }
}

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
