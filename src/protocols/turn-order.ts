/** The order of turns that every vendor asks for: results directly behind the turn that made their calls. */
import type { Part, ToolResultPart, Turn } from '#model'

/** For each turn, its results. */
type Answers = readonly (readonly ToolResultPart[])[]

/** Repairs what can be repaired without a guess; the rest is for the upstream to judge. */
export const toStrictOrder = (turns: readonly Turn[]): readonly Turn[] => {
  const merged = mergeAssistants(turns)
  const answers = findAnswers(merged)
  if (isInOrder(merged, answers)) return merged
  const moved = new Set<Part>(answers.flat())
  return merged
    .flatMap(({ role, parts }, index): Turn[] => [
      { role, parts: parts.filter((part) => !moved.has(part)) },
      { role: 'tool', parts: answers[index] ?? [] },
    ])
    .filter(({ parts }) => parts.length > 0)
}

/** So it is of nearly every request. */
const isInOrder = (turns: readonly Turn[], answers: Answers): boolean =>
  turns.every(({ parts }, index) => {
    const own = answers[index]
    if (parts.length === 0 || !own) return false
    return own.length === 0 || isSame(own, turns[index + 1])
  })

const isSame = (parts: readonly Part[], turn: Turn | undefined): boolean =>
  turn?.role === 'tool' &&
  turn.parts.length === parts.length &&
  turn.parts.every((part, index) => part === parts[index])

const mergeAssistants = (turns: readonly Turn[]): Turn[] => {
  const merged: { readonly role: Turn['role']; readonly parts: Part[] }[] = []
  for (const { role, parts } of turns) {
    const last = merged.at(-1)
    if (last?.role === 'assistant' && role === 'assistant')
      for (const part of parts) last.parts.push(part)
    else merged.push({ role, parts: [...parts] })
  }
  return merged
}

/**
 * For each turn, the results of its calls, in their order. An id may be used again: a result belongs to
 * the nearest call before it. Hence from the end to the start, which takes one pass however long the talk.
 */
export const findAnswers = (turns: readonly Turn[]): Answers => {
  const waiting = new Map<string, ToolResultPart[]>()
  const answers: (readonly ToolResultPart[])[] = turns.map(() => NONE)
  for (let index = turns.length - 1; index >= 0; index--) {
    const { role, parts } = turns[index] as Turn
    for (let at = parts.length - 1; at >= 0; at--) {
      const part = parts[at] as Part
      if (part.kind !== 'tool-result') continue
      const earlier = waiting.get(part.callId)
      if (earlier) earlier.push(part)
      else waiting.set(part.callId, [part])
    }
    if (role !== 'assistant') continue
    answers[index] = takeAnswers(parts, waiting)
  }
  return answers
}

const NONE: readonly ToolResultPart[] = []

const takeAnswers = (
  parts: readonly Part[],
  waiting: Map<string, ToolResultPart[]>,
): readonly ToolResultPart[] => {
  const taken: ToolResultPart[] = []
  for (const part of parts) {
    const result = part.kind === 'tool-call' ? waiting.get(part.id)?.pop() : undefined
    if (result) taken.push(result)
  }
  for (const part of parts) if (part.kind === 'tool-call') waiting.delete(part.id)
  return taken
}
