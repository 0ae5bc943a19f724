/** For a call that no limit refuses: the tokens that it turns out to have used are counted all the same. */
import type { Claim, LiveStore } from '#stores'
import type { Pass } from '../pass.ts'

/** @param claims on tokens. Nothing was taken of them. */
export const createFollowingPass = (live: LiveStore, claims: readonly Claim[]): Pass => ({
  refusal: undefined,
  headers: () => NO_HEADERS,
  settle({ usage }) {
    const used = usage.inputTokens + usage.outputTokens
    if (used > 0) for (const claim of claims) live.correct(claim, used)
  },
})

const NO_HEADERS: readonly string[] = []
