/** The order of turns that every vendor requires: results directly after the turn with their calls. */
import type { Part, ToolResultPart, Turn } from '#model'

/** For each turn, its results. */
type Answers = readonly (readonly ToolResultPart[])[]

/** Repairs what can be repaired without guessing; the upstream judges the rest. */
export const toStrictOrder = (turns: readonly Turn[]): readonly Turn[] => {
  if (isInStrictOrder(turns)) return turns
  const merged = mergeAssistants(turns)
  const answers = findAnswers(merged)
  const moved = new Set<Part>(answers.flat())
  return merged
    .flatMap(({ role, parts }, index): Turn[] => [
      { role, parts: parts.filter((part) => !moved.has(part)) },
      { role: 'tool', parts: answers[index] ?? [] },
    ])
    .filter(({ parts }) => parts.length > 0)
}

/** True for nearly every request. It also means that every call has a result. */
export const isInStrictOrder = (turns: readonly Turn[]): boolean =>
  turns.every((turn, index) => turn.parts.length > 0 && hasOrderedResults(turn, turns[index + 1]))

/**
 * Reports whether the turn is complete and directly followed by all results of its calls, in the order of the calls.
 */
const hasOrderedResults = ({ role, parts }: Turn, next: Turn | undefined): boolean => {
  if (role !== 'assistant') return true
  if (next?.role === 'assistant') return false
  let calls = 0
  for (const part of parts) {
    if (part.kind !== 'tool-call') continue
    const result = next?.parts[calls++]
    if (result?.kind !== 'tool-result' || result.callId !== part.id) return false
  }
  return calls === 0 || (next?.role === 'tool' && next.parts.length === calls)
}

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
 * For each turn, the results of its calls, in order. An id may be reused, so a result belongs to the nearest call
 * before it. Going from the end to the start takes one pass, however long the conversation is.
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
