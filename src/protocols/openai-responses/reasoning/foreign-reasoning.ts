/** Finds thoughts of other vendors in a relayed request: OpenAI would refuse what Sluice has sealed. */
import type { JsonObject } from '#model'
import type { JsonSpan } from '#streams'
import { toGaps } from '../../thoughts/gaps.ts'
import { readMarkedItems } from './marked-items.ts'
import { SEAL } from './sealed-reasoning.ts'

/** The places to cut out, each with its comma. */
export const findForeignReasoning = (body: Buffer): readonly JsonSpan[] =>
  toGaps(
    readMarkedItems(body, `"${SEAL}`, isForeign).map(({ span, found = false }) => ({
      span,
      isRemoved: found,
    })),
  )

const isForeign = ({ type, encrypted_content: sealed }: JsonObject): boolean =>
  type === 'reasoning' && typeof sealed === 'string' && sealed.startsWith(SEAL)
