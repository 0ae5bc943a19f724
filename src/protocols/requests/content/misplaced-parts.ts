/** Refuses parts in turns that cannot hold them; no target would accept them there. */
import { invalidRequest, type Part, type Turn } from '#model'

const NAMES: Readonly<Partial<Record<Part['kind'], string>>> = {
  'tool-call': 'the call of a tool',
  'tool-result': "a tool's result",
  reasoning: 'a thought',
}

const MISPLACED: Readonly<Record<Turn['role'], ReadonlySet<string>>> = {
  system: new Set(Object.keys(NAMES)),
  user: new Set(Object.keys(NAMES)),
  assistant: new Set(['tool-result']),
  tool: new Set(Object.keys(NAMES)),
}

/** @param role of the turn with these parts; for the parts of a result, `tool`. @throws GatewayError */
export const refuseMisplaced = (role: Turn['role'], parts: readonly Part[], path: string): void => {
  for (const { kind } of parts)
    if (MISPLACED[role].has(kind))
      throw invalidRequest(`'${path}' cannot hold ${NAMES[kind] ?? 'this'}.`, path)
}
