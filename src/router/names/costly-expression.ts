/** Detects regular expressions that some name could keep busy for ages. */

const QUANTIFIER = /[*+?]|\{\d+(?:,\d*)?\}/y
/** Each place where one run may end and the next begin multiplies the time, since every length is tried. */
const MAX_CHOICES = 2

interface Group {
  /** It can match the same text in more than one way. */
  isAmbiguous: boolean
}

/**
 * A repeated group can double its time with each character if it contains an alternative, or a part that is
 * repeated or optional. Every expression that passes is safe; not every refused one is costly.
 */
export const isCostly = (pattern: string): boolean => {
  const open: Group[] = [{ isAmbiguous: false }]
  /** Runs that may match the same text, since nothing between them separates them. */
  let runs: string[] = []
  // Without an anchor, every position in the name is tried as the start.
  let choices = pattern.startsWith('^') ? 0 : 1
  for (let at = 0; at < pattern.length;) {
    const atom = atomAt(pattern, at)
    at += atom.length
    const group = open.at(-1)
    if (!group) return true
    if (atom === '|') group.isAmbiguous = true
    if (atom === '(') {
      // Skip the marks of the kind of group: `?:`, `?=`, `?!`, `?<name>`.
      const kind = /^\?(?:[:=!]|<[=!]|<\w+>)/.exec(pattern.slice(at, at + 40))
      at += kind?.[0].length ?? 0
      open.push({ isAmbiguous: false })
      continue
    }
    const closed = atom === ')' ? open.pop() : undefined
    QUANTIFIER.lastIndex = at
    const quantifier = QUANTIFIER.exec(pattern)?.[0] ?? ''
    at += quantifier.length
    // The mark of a lazy quantifier.
    if (quantifier !== '' && pattern[at] === '?') at++
    const repeats = quantifier !== '' && quantifier !== '?' && quantifier !== '{1}'
    if (repeats && closed?.isAmbiguous) return true
    const isRun = repeats && atom !== ')' && !/^\{\d+\}$/.test(quantifier)
    // A character that no earlier run can match has a fixed position.
    const isThere = quantifier === '' || quantifier === '+'
    if (isThere && open.length === 1 && !runs.some((run) => takes(run, atom))) runs = []
    if (isRun && runs.push(atom) > 1 && ++choices > MAX_CHOICES) return true
    const around = open.at(-1)
    if (around && (quantifier !== '' || closed?.isAmbiguous)) around.isAmbiguous = true
  }
  return false
}

/** Whether a run may match this character. An atom that is not a plain character may match any. */
const takes = (run: string, atom: string): boolean => {
  const character = /^(?:[^.\\[\]()|^$]|\\[^a-zA-Z0-9])$/.test(atom) ? atom.at(-1) : undefined
  if (character === undefined) return true
  try {
    return new RegExp(run, 'i').test(character)
  } catch {
    return true
  }
}

/** The atom at this position: a class, an escape, or a character. */
const atomAt = (pattern: string, start: number): string => {
  if (pattern[start] === '\\') return pattern.slice(start, start + 2)
  if (pattern[start] !== '[') return pattern.charAt(start)
  let end = start + 1
  while (end < pattern.length && pattern[end] !== ']') end += pattern[end] === '\\' ? 2 : 1
  return pattern.slice(start, end + 1)
}
