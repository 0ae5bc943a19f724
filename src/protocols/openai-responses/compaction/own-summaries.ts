/** Finds summaries of ours in a request that is relayed: OpenAI cannot open them, and is told what they say. */
import { findMarked } from '../../thoughts/marked-json.ts'
import type { ForeignSpan } from '../../protocol.ts'
import { readSummary, SUMMARY_SEAL } from './sealed-summary.ts'

/** Places of such items, each with the message that stands for it. */
export const findOwnSummaries = (body: Buffer): readonly ForeignSpan[] =>
  findMarked(body, `"${SUMMARY_SEAL}`, ({ elementsOf, read }) =>
    elementsOf('input').flatMap((span) => {
      const item = read(span)
      const found = item && readSummary(item)
      return found === undefined ? [] : [{ ...span, json: toMessage(found) }]
    }),
  )

const toMessage = (text: string): string =>
  JSON.stringify({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
