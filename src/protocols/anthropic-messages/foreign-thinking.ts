/** Finds thoughts of other vendors in a request that is relayed: no signature of ours may reach Anthropic. */
import type { JsonObject } from '#model'
import type { JsonSpan } from '#streams'
import { judgeHolder, toGaps } from '../thoughts/gaps.ts'
import { findMarked } from '../thoughts/marked-json.ts'
import { originOf } from '../thoughts/reasoning-origin.ts'

/** Places to be left out. */
export const findForeignThinking = (body: Buffer): readonly JsonSpan[] =>
  findMarked(body, '"sluice.', ({ elementsOf, read }) => {
    const turns = elementsOf('messages').map((turn) => {
      const blocks = elementsOf('content', turn)
      return judgeHolder(
        turn,
        blocks.map((span) => ({ span, isRemoved: isForeignThinking(read(span)) })),
      )
    })
    return toGaps(turns)
  })

const isForeignThinking = ({ type, signature }: JsonObject = {}): boolean =>
  type === 'thinking' && typeof signature === 'string' && originOf(signature) !== undefined
