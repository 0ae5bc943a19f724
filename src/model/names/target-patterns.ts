/** What the configuration says of targets, each as `provider/model` or with wildcards. */
import { createWildcard } from './wildcard.ts'

/** An exact name takes precedence over patterns, which are tried in their order. */
export const createTargetPatterns = <Entry extends { readonly target: string }>(
  entries: readonly Entry[],
): ((target: string) => Entry | undefined) => {
  // Most configurations have none, and a name that is put together is costly to look up.
  if (entries.length === 0) return () => undefined
  const exact = new Map(entries.map((entry) => [entry.target, entry]))
  const patterns = entries
    .filter(({ target }) => target.includes('*'))
    .map((entry) => ({ entry, matches: createWildcard(entry.target) }))
  return (target) => exact.get(target) ?? patterns.find(({ matches }) => matches(target))?.entry
}
