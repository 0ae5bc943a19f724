/** One turn of a stored conversation. Later turns share it, so that a conversation is stored once. */

export interface Turn {
  /** Items in JSON, separated by commas, as is the output. */
  readonly input: Buffer
  readonly output: Buffer
  /** The turn that this one continues. */
  readonly before: Turn | undefined
  /** The number of responses that end with this turn, and of turns that continue it. */
  users: number
}

/** The memory of the objects that hold a turn. */
const OVERHEAD_BYTES = 200

const sizeOf = ({ input, output }: Turn): number => input.length + output.length + OVERHEAD_BYTES

/** The memory that this turn adds: its own, and that of earlier turns that are not in use yet. */
export const addedBytes = (turn: Turn): number => {
  let bytes = 0
  for (let at: Turn | undefined = turn; at?.users === 0; at = at.before) bytes += sizeOf(at)
  return bytes
}

export const useTurn = (turn: Turn): void => {
  for (let at: Turn | undefined = turn; at && at.users++ === 0; at = at.before);
}

/** @returns the amount of memory that is released. */
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

/** The input of this turn's answer. */
export const inputRunsOf = ({ input, before }: Turn): readonly Buffer[] => [
  ...(before ? runsOf(before) : []),
  ...(input.length > 0 ? [input] : []),
]
