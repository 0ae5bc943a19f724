/** How long an answer may be. The vendor requires `max_tokens`, and refuses more than the model can write. */
import type { TargetTraits } from '../protocol.ts'

/** For a client that names no limit, and a model whose own limit is not known. */
const DEFAULT_MAX_TOKENS = 8192

export const mostTokens = ({ maxOutputTokens }: TargetTraits): number =>
  maxOutputTokens ?? Number.POSITIVE_INFINITY

export const toMaxTokens = (asked: number | undefined, traits: TargetTraits): number =>
  Math.min(asked ?? traits.maxOutputTokens ?? DEFAULT_MAX_TOKENS, mostTokens(traits))
