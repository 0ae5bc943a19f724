/** Finds thoughts of other vendors in a request that is relayed: what was sealed here OpenAI would refuse. */
import type { JsonObject } from '#model'
import type { JsonSpan } from '#streams'
import { toGaps } from '../../thoughts/gaps.ts'
import { findMarked } from '../../thoughts/marked-json.ts'
import { SEAL } from './sealed-reasoning.ts'

/** Places to be left out, each with the comma that then has nothing to part. */
export const findForeignReasoning = (body: Buffer): readonly JsonSpan[] =>
  findMarked(body, `"${SEAL}`, ({ elementsOf, read }) =>
    toGaps(elementsOf('input').map((span) => ({ span, isRemoved: isForeign(read(span)) }))),
  )

const isForeign = ({ type, encrypted_content: sealed }: JsonObject = {}): boolean =>
  type === 'reasoning' && typeof sealed === 'string' && sealed.startsWith(SEAL)
