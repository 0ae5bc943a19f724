/** Every kind of call, each as often as its share. */
import { createRandom, type Random } from '../../fuzz/random.ts'
import { ANSWERED } from './answered.ts'
import type { Kind } from './call.ts'
import { REFUSALS } from './refusals.ts'
import { SOCKETS } from './sockets.ts'
import { STORED } from './stored.ts'
import { TROUBLED } from './troubled.ts'

export { type Rows, toTag } from './call.ts'

interface NamedKind extends Kind {
  readonly name: string
}

const named = (kinds: Readonly<Record<string, Kind>>, where = ''): readonly NamedKind[] =>
  Object.entries(kinds).map(([name, kind]) => ({ ...kind, name: where + name }))

const KINDS: readonly NamedKind[] = [
  ...named(ANSWERED),
  ...named(TROUBLED),
  ...named(REFUSALS),
  ...named(STORED, 'stored: '),
  ...named(SOCKETS, 'socket: '),
]

const ALL = KINDS.reduce((sum, { share }) => sum + share, 0)

const pick = (random: Random): NamedKind => {
  let place = random.below(ALL)
  for (const kind of KINDS) {
    if (place < kind.share) return kind
    place -= kind.share
  }
  throw new RangeError('the shares do not add up')
}

/** The same for the same seed and number. */
export const chooseCall = (
  seed: number,
  number: number,
): { readonly kind: NamedKind; readonly random: Random } => {
  const random = createRandom(seed, 'soak', number)
  return { kind: pick(random), random }
}
