/** One turn of a kept conversation. The turns behind it share it, so that a conversation is kept once. */

export interface Turn {
  /** Items in JSON, with commas between them; so is the output. */
  readonly input: Buffer
  readonly output: Buffer
  /** The turn that this one goes on from. */
  readonly before: Turn | undefined
  /** Responses that end with this turn, and turns that go on from it. */
  users: number
}

/** Of the objects that hold a turn. */
const OVERHEAD_BYTES = 200

const sizeOf = ({ input, output }: Turn): number => input.length + output.length + OVERHEAD_BYTES

/** What this turn adds to the memory: itself, and those before it that nobody uses yet. */
export const addedBytes = (turn: Turn): number => {
  let bytes = 0
  for (let at: Turn | undefined = turn; at?.users === 0; at = at.before) bytes += sizeOf(at)
  return bytes
}

export const useTurn = (turn: Turn): void => {
  for (let at: Turn | undefined = turn; at && at.users++ === 0; at = at.before);
}

/** @returns how much memory is free again. */
export const leaveTurn = (turn: Turn): number => {
  let bytes = 0
  for (let at: Turn | undefined = turn; at && --at.users === 0; at = at.before) bytes += sizeOf(at)
  return bytes
}

/** All items up to this turn's answer, oldest first, in runs. */
export const runsOf = (turn: Turn): readonly Buffer[] => {
  const runs: Buffer[] = []
  for (let at: Turn | undefined = turn; at; at = at.before) runs.push(at.output, at.input)
  return runs.filter(({ length }) => length > 0).toReversed()
}

/** What the answer of this turn was given. */
export const inputRunsOf = ({ input, before }: Turn): readonly Buffer[] => [
  ...(before ? runsOf(before) : []),
  ...(input.length > 0 ? [input] : []),
]
