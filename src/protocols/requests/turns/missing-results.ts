/** Adds results for calls that have none: an agent was interrupted, and strict vendors refuse the request. */
import type { ToolCallPart, ToolResultPart, Turn } from '#model'
import { findAnswers, isInStrictOrder } from './turn-order.ts'

const WORDS = 'No result: the call was interrupted before it ended.'

export interface CompletedTurns {
  readonly turns: readonly Turn[]
  /** The ids of the calls that received a result here. */
  readonly answered: readonly string[]
}

/** Puts a result after every call; a missing one becomes an error that states it. */
export const withMissingResults = (turns: readonly Turn[]): CompletedTurns => {
  const answered: string[] = []
  if (isInStrictOrder(turns)) return { turns, answered }
  const answers = findAnswers(turns)
  const completed: Turn[] = []
  let missing: ToolResultPart[] = []
  for (const [index, turn] of turns.entries()) {
    completed.push(turn)
    if (turn.role !== 'assistant') continue
    for (const call of openCalls(turn, answers[index] ?? [])) missing.push(toInterrupted(call))
    // The next turn belongs to this one, which the client has split; a result between them would separate its calls.
    if (missing.length === 0 || turns[index + 1]?.role === 'assistant') continue
    completed.push({ role: 'tool', parts: missing })
    for (const { callId } of missing) answered.push(callId)
    missing = []
  }
  return answered.length === 0 ? { turns, answered } : { turns: completed, answered }
}

/** An id may be used twice: as many calls are answered as there are results. */
const openCalls = (
  { parts }: Turn,
  answers: readonly ToolResultPart[],
): readonly ToolCallPart[] => {
  const calls = parts.filter((part) => part.kind === 'tool-call')
  const left = new Map<string, number>()
  for (const { callId } of answers) left.set(callId, (left.get(callId) ?? 0) + 1)
  return calls.filter(({ id }) => {
    const count = left.get(id) ?? 0
    left.set(id, count - 1)
    return count <= 0
  })
}

const toInterrupted = ({ id }: ToolCallPart): ToolResultPart => ({
  kind: 'tool-result',
  callId: id,
  parts: [{ kind: 'text', text: WORDS }],
  isError: true,
})
