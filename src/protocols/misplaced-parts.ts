/** Parts that have a meaning in some turns only. Anywhere else no target could be given them. */
import { invalidRequest, type Part, type Turn } from '#model'

const NAMES: Readonly<Partial<Record<Part['kind'], string>>> = {
  'tool-call': 'the call of a tool',
  'tool-result': "a tool's result",
  reasoning: 'a thought',
}

const PLACES: Readonly<Record<Turn['role'], ReadonlySet<Part['kind']>>> = {
  system: new Set(),
  user: new Set(),
  assistant: new Set(['tool-call', 'reasoning']),
  tool: new Set(),
}

/** @param role of the turn whose parts these are; in a tool's turn, of a result's. @throws GatewayError */
export const refuseMisplaced = (role: Turn['role'], parts: readonly Part[], path: string): void => {
  const misplaced = parts.find(({ kind }) => NAMES[kind] && !PLACES[role].has(kind))
  if (misplaced)
    throw invalidRequest(`'${path}' cannot hold ${NAMES[misplaced.kind] ?? 'this'}.`, path)
}
