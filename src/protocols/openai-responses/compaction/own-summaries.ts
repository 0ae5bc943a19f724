/** Finds summaries of ours in a request that is relayed: OpenAI cannot open them, and is told what they say. */
import type { ForeignSpan } from '../../protocol.ts'
import { readMarkedItems } from '../reasoning/marked-items.ts'
import { readSummary, SUMMARY_SEAL } from './sealed-summary.ts'

/** Places of such items, each with the message that stands for it. */
export const findOwnSummaries = (body: Buffer): readonly ForeignSpan[] =>
  readMarkedItems(body, `"${SUMMARY_SEAL}`, readSummary).flatMap(({ span, found }) =>
    found === undefined ? [] : [{ ...span, json: toMessage(found) }],
  )

const toMessage = (text: string): string =>
  JSON.stringify({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
