/** All work that is measured, by what it exercises. */
import { DOORS } from './doors.ts'
import { LOCAL_MODELS } from './local-models.ts'
import { LOGS } from './logs.ts'
import type { Measured } from './measure.ts'
import { folded, PROTOCOLS, requestWorksOf, worksOf } from './protocols.ts'
import { STREAMS } from './streams.ts'
import { USAGE } from './usage.ts'

export const EVERYTHING: readonly (readonly [name: string, works: readonly Measured[]])[] = [
  ...Object.entries(STREAMS),
  ...Object.entries(USAGE),
  ...Object.entries(LOCAL_MODELS),
  ...Object.entries(DOORS),
  ...Object.entries(LOGS),
  ...PROTOCOLS.map(
    (protocol) => [protocol.name, [...worksOf(protocol), ...requestWorksOf(protocol)]] as const,
  ),
  ['foldMessage', [['one long text', 20_000, folded]]],
]
