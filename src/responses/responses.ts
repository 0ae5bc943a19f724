/** Requests about earlier responses. */
import type { Caller } from '#access'
import type { Answer, Gateway } from '#gateway'
import { revisitHere, revisitThere, type RevisitCall, unknownResponse } from './revisit.ts'
import type { ResponseState } from './response-state.ts'

export interface ResponsesOptions {
  readonly state: ResponseState
  readonly gateway: Pick<Gateway, 'forward'>
}

export interface Responses {
  /** Whether a response of this caller is known here, or the target that has it. */
  knows(caller: Caller, id: string): boolean
  /** Rejects if this caller has no response with this id. */
  revisit(call: RevisitCall): Promise<Answer>
  /** How many are in progress. */
  readonly backgroundRuns: number
  /** Starts no more background runs, and resolves when none is left, or after `withinMs`. */
  drain(withinMs: number): Promise<void>
}

export const createResponses = ({ state, gateway }: ResponsesOptions): Responses => {
  const { responses, homes, background, beatMs } = state
  return {
    knows: (caller, id) =>
      responses.find(caller, id) !== undefined || homes.given.find(caller, id) !== undefined,
    async revisit(call) {
      const { caller, revisit } = call
      const stored = responses.find(caller, revisit.id)
      if (stored) return revisitHere(call, stored, responses, beatMs)
      const home = homes.given.find(caller, revisit.id)
      if (!home) throw unknownResponse(revisit.id)
      return revisitThere(call, home, homes, gateway)
    },
    get backgroundRuns() {
      return background.running
    },
    drain: background.drain,
  }
}
