/** A caller as it is written down: for another process, or for this one after a restart. */
import type { Caller } from './caller.ts'
import { toModelPatterns } from './keys/model-patterns.ts'

/** JSON. */
export interface SentCaller extends Omit<Caller, 'models' | 'userOf' | 'claims'> {
  /** Of the subject of a token, whose rights are nowhere else. The rights of a key are looked up. */
  readonly claims?: Caller['claims']
}

export const toSentCaller = ({ userOf, models: _models, ...caller }: Caller): SentCaller => {
  const { userId } = caller
  if (userOf) return { ...toSentCaller(userOf), ...(userId !== undefined && { userId }) }
  if (caller.claims) return caller
  return { id: caller.id, ...(userId !== undefined && { userId }) }
}

interface Known {
  /** The holder of a key that may be used now. */
  readonly findHolder: (id: string) => Caller | undefined
  readonly acceptsTokens: boolean
}

/** Undefined if it may no longer call. */
export const fromSentCaller = (sent: SentCaller, known: Known): Caller | undefined => {
  const { userId, ...rest } = sent
  const holder = sent.claims ? fromToken(rest, known) : known.findHolder(sent.id)
  if (!holder || (holder.expiresAtMs ?? Infinity) <= Date.now()) return undefined
  return userId === undefined ? holder : { ...holder, userId, userOf: holder }
}

const fromToken = (sent: SentCaller, { acceptsTokens }: Known): Caller | undefined => {
  const patterns = sent.claims?.models
  if (!acceptsTokens) return undefined
  return { ...sent, ...(patterns && { models: toModelPatterns(patterns) }) }
}
