/** Whatever happens, at rest every reader has the messages that are stored. */
import { it } from 'vitest'
import { CONVERGING } from '../../tools/chat/converging.ts'
import { expectConverging } from '../../tools/chat/expect-converging.ts'

it.each([
  ['maps in memory', 100],
  ['SQLite', 25],
] as const)('converges with %s', (name, numRuns) => expectConverging(CONVERGING[name], numRuns))
