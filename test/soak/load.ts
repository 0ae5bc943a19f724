/** Makes the calls of a round, many at a time, and keeps what the ledger has to have of each. */
import { within } from '../tools/app/within.ts'
import type { Connections } from './ask.ts'
import { chooseCall, type Rows, toTag } from './calls/index.ts'
import type { Stage } from './stage.ts'

export interface Load {
  /** Makes calls up to this number. */
  run(upTo: number): Promise<void>
  readonly expected: Map<string, Rows>
  readonly faults: readonly string[]
  /** How many of each kind were made. */
  readonly kinds: ReadonlyMap<string, number>
}

const AT_ONCE = 32
/** Whatever has not ended by then never will. */
const ENDS_WITHIN_MS = 60_000
const FORGOTTEN_EVERY = 2_000

export const createLoad = (stage: Stage, { ask }: Connections, seed: number): Load => {
  const expected = new Map<string, Rows>()
  const faults: string[] = []
  const kinds = new Map<string, number>()
  let made = 0

  const make = async (number: number): Promise<void> => {
    const { kind, random } = chooseCall(seed, number)
    const tag = toTag(number)
    const fail = (what: string) => void faults.push(`${tag} ${kind.name}: ${what.slice(0, 500)}`)
    kinds.set(kind.name, (kinds.get(kind.name) ?? 0) + 1)
    try {
      const making = kind.make({
        ask,
        url: stage.url,
        number,
        random,
        tag,
        fail,
        reachedUpstream: () => stage.hasReached(number),
      })
      expected.set(tag, await within(ENDS_WITHIN_MS, 'the call ends', making))
    } catch (error) {
      fail(String(error))
    }
  }

  return {
    expected,
    faults,
    kinds,
    async run(upTo) {
      const work = async () => {
        while (made < upTo && stage.death() === undefined) {
          if (made % FORGOTTEN_EVERY === 0) stage.hasReached(0)
          await make(made++)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
    },
  }
}
