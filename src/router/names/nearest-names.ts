/** Suggests the names that a mistyped name may have meant. */

export const nearestNames = (name: string, names: readonly string[], count = 3): string[] =>
  names
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(name.length, candidate.length) / 2)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate)

/** The edit distance (Levenshtein), ignoring the provider prefix. */
const distanceOf = (name: string, candidate: string): number =>
  Math.min(edits(name, candidate), edits(name, candidate.slice(candidate.indexOf('/') + 1)))

const MAX_LENGTH = 100

const edits = (left: string, right: string): number => {
  const a = left.slice(0, MAX_LENGTH)
  const b = right.slice(0, MAX_LENGTH)
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      )
    row = next
  }
  return row[b.length] ?? 0
}
