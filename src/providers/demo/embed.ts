/**
 * The demo's vectors: texts with common words point in similar directions. Not a model, but enough to build a search
 * on.
 */
import { setImmediate } from 'node:timers/promises'
import { type EmbeddingAnswer, type EmbeddingRequest, invalidRequest } from '#model'
import { DEMO_MODEL } from './answer.ts'
import { tokenize } from './tokens.ts'

const DIMENSIONS = 256
const MAX_DIMENSIONS = 3072
const MAX_INPUTS = 2048
/** How many dimensions a token affects. */
const DIRECTIONS = 8
// Without a pause, a long request would block everything else.
const INPUTS_PER_TURN = 16

/** Throws the signal's reason after an abort. */
export const embedTexts = async (
  { inputs, dimensions = DIMENSIONS }: EmbeddingRequest,
  signal: AbortSignal,
): Promise<EmbeddingAnswer> => {
  if (dimensions > MAX_DIMENSIONS)
    throw invalidRequest(`'dimensions' must be ${MAX_DIMENSIONS} or less.`, 'dimensions')
  if (inputs.length > MAX_INPUTS)
    throw invalidRequest(`'input' must hold ${MAX_INPUTS} inputs or less.`, 'input')
  const vectors: (readonly number[])[] = []
  let inputTokens = 0
  for (const [at, input] of inputs.entries()) {
    if (typeof input !== 'string')
      throw invalidRequest("'input' must be text: the demo has no list of tokens.", 'input')
    if (at % INPUTS_PER_TURN === 0) await setImmediate()
    signal.throwIfAborted()
    const tokens = [...tokenize(input)]
    inputTokens += tokens.length
    vectors.push(toUnitVector(tokens, dimensions))
  }
  return { model: DEMO_MODEL, vectors, inputTokens }
}

const toUnitVector = (tokens: readonly string[], dimensions: number): readonly number[] => {
  const sums = Array.from({ length: dimensions }, () => 0)
  for (const token of tokens) {
    let state = hash(token.trim().toLowerCase())
    for (let turn = 0; turn < DIRECTIONS; turn++) {
      state = scramble(state)
      const place = (state >>> 1) % dimensions
      sums[place] = (sums[place] ?? 0) + ((state & 1) === 0 ? 1 : -1)
    }
  }
  const length = Math.hypot(...sums)
  // Tokens may cancel each other out.
  if (length === 0) return sums.with(0, 1)
  return sums.map((sum) => Math.fround(sum / length))
}

/** FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
const hash = (text: string): number => {
  let state = 0x811c9dc5
  for (let at = 0; at < text.length; at++)
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193) >>> 0
  return state
}

/** Xorshift, whose state must not be zero: https://www.jstatsoft.org/article/view/v008i14 */
const scramble = (state: number): number => {
  let next = (state || 1) ^ (state << 13)
  next ^= next >>> 17
  next ^= next << 5
  return next >>> 0
}
