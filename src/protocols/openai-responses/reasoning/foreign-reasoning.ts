/** Finds thoughts of other vendors in a request that is relayed: what was sealed here OpenAI would refuse. */
import type { JsonObject } from '#model'
import type { JsonSpan } from '#streams'
import { toGaps } from '../../thoughts/gaps.ts'
import { readMarkedItems } from './marked-items.ts'
import { SEAL } from './sealed-reasoning.ts'

/** Places to be left out, each with the comma that then has nothing to part. */
export const findForeignReasoning = (body: Buffer): readonly JsonSpan[] =>
  toGaps(
    readMarkedItems(body, `"${SEAL}`, isForeign).map(({ span, found = false }) => ({
      span,
      isLeftOut: found,
    })),
  )

const isForeign = ({ type, encrypted_content: sealed }: JsonObject): boolean =>
  type === 'reasoning' && typeof sealed === 'string' && sealed.startsWith(SEAL)
