/** The order of turns that every vendor asks for: results directly behind the turn that made their calls. */
import type { Part, ToolResultPart, Turn } from '#model'

/** Repairs what can be repaired without a guess; the rest is for the upstream to judge. */
export const toStrictOrder = (turns: readonly Turn[]): Turn[] => {
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
export const findAnswers = (turns: readonly Turn[]): ToolResultPart[][] => {
  const waiting = new Map<string, ToolResultPart[]>()
  const answers: ToolResultPart[][] = turns.map(() => [])
  for (const [index, { role, parts }] of [...turns.entries()].toReversed()) {
    for (const part of parts.toReversed())
      if (part.kind === 'tool-result') {
        const earlier = waiting.get(part.callId)
        if (earlier) earlier.push(part)
        else waiting.set(part.callId, [part])
      }
    if (role !== 'assistant') continue
    const calls = parts.filter((part) => part.kind === 'tool-call')
    answers[index] = calls.flatMap(({ id }) => waiting.get(id)?.pop() ?? [])
    for (const { id } of calls) waiting.delete(id)
  }
  return answers
}
