/** What every kind of call is given, and what it says of itself. */
import type { Random } from '../../fuzz/random.ts'
import type { Connections } from '../ask.ts'

export interface Call extends Pick<Connections, 'ask'> {
  readonly url: string
  readonly number: number
  readonly random: Random
  /** In the ledger, and in every prompt. */
  readonly tag: string
  /** The answer was not as it has to be. */
  fail(what: string): void
  /** Whether the upstream was asked. */
  reachedUpstream(): boolean
}

/** How many rows the ledger has to have of it. */
export type Rows = number | 'at most one'

export interface Kind {
  /** Of a thousand calls. */
  readonly share: number
  make(call: Call): Promise<Rows>
}

export const toTag = (number: number): string => `n${number}x`

export const bearer = (key: string): { readonly authorization: string } => ({
  authorization: `Bearer ${key}`,
})

/** With the words that the ledger keeps of it. */
export const as = (key: string, { tag }: Call): Readonly<Record<string, string>> => ({
  ...bearer(key),
  'x-sluice-tags': tag,
})
