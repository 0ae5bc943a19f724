/** Names that stand for other names: exact, with a wildcard, or by regular expression. */

export interface AliasOptions {
  /** `fast`, `claude-*`, or `/^gpt-4(.*)$/`. */
  readonly name: string
  /** Where it leads, best first. `*` and `$1` are filled from the name. */
  readonly targets: readonly string[]
}

export type Aliases = (name: string) => readonly string[] | undefined

const REGEX = /^\/(.+)\/(i?)$/

export const createAliases = (aliases: readonly AliasOptions[]): Aliases => {
  const exact = new Map<string, readonly string[]>()
  const wildcards: { pattern: RegExp; targets: readonly string[] }[] = []
  const expressions: { pattern: RegExp; targets: readonly string[] }[] = []
  for (const { name, targets } of aliases) {
    const expression = REGEX.exec(name)
    if (expression)
      expressions.push({ pattern: new RegExp(expression[1] ?? '', expression[2]), targets })
    else if (name.includes('*'))
      wildcards.push({
        pattern: toWildcardPattern(name),
        targets: targets.map((target) => target.replace('*', '$1')),
      })
    else exact.set(name, targets)
  }
  const patterns = [...wildcards, ...expressions]

  return (name) => {
    const found = exact.get(name)
    if (found) return found
    for (const { pattern, targets } of patterns) {
      const match = pattern.exec(name)
      if (match) return targets.map((target) => fill(target, match))
    }
    return undefined
  }
}

const fill = (target: string, match: RegExpExecArray): string =>
  target.replace(/\$(\d)/g, (_, group) => match[Number(group)] ?? '')

const toWildcardPattern = (name: string): RegExp =>
  new RegExp(`^${name.replace(/[.+?^${}()|[\]\\/]/g, String.raw`\$&`).replaceAll('*', '(.*)')}$`)
