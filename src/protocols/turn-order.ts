/** The order of turns that every vendor asks for: results directly behind the turn that made their calls. */
import type { Part, ToolResultPart, Turn } from '#model'

/** Repairs what can be repaired without a guess; the rest is for the upstream to judge. */
export const toStrictOrder = (turns: readonly Turn[]): Turn[] =>
  orderResults(mergeAssistants(turns)).filter(({ parts }) => parts.length > 0)

const mergeAssistants = (turns: readonly Turn[]): Turn[] => {
  const merged: Turn[] = []
  for (const turn of turns) {
    const last = merged.at(-1)
    if (last?.role === 'assistant' && turn.role === 'assistant')
      merged[merged.length - 1] = { role: 'assistant', parts: [...last.parts, ...turn.parts] }
    else merged.push(turn)
  }
  return merged
}

const callsOf = ({ role, parts }: Turn): string[] =>
  role === 'assistant' ? parts.flatMap((part) => (part.kind === 'tool-call' ? [part.id] : [])) : []

const orderResults = (turns: readonly Turn[]): Turn[] => {
  const taken = new Set<Part>()
  return turns.flatMap((turn, index) => {
    const parts = turn.parts.filter((part) => !taken.has(part))
    const results = callsOf(turn).flatMap((id) => {
      const result = findResult(turns, index + 1, id, taken)
      if (result) taken.add(result)
      return result ? [result] : []
    })
    return [
      { role: turn.role, parts },
      { role: 'tool', parts: results },
    ] satisfies Turn[]
  })
}

const findResult = (
  turns: readonly Turn[],
  start: number,
  id: string,
  taken: ReadonlySet<Part>,
): ToolResultPart | undefined => {
  for (let at = start; at < turns.length; at++) {
    const turn = turns[at]
    // From here on the id means another call.
    if (!turn || callsOf(turn).includes(id)) return undefined
    for (const part of turn.parts)
      if (part.kind === 'tool-result' && part.callId === id && !taken.has(part)) return part
  }
  return undefined
}
