/** Finds summaries made by Sluice in a relayed request. OpenAI cannot open them, so it gets their text instead. */
import type { ForeignSpan } from '../../protocol.ts'
import { readMarkedItems } from '../reasoning/marked-items.ts'
import { readSummary, SUMMARY_SEAL } from './sealed-summary.ts'

/** The places of such items, each with the message that replaces it. */
export const findOwnSummaries = (body: Buffer): readonly ForeignSpan[] =>
  readMarkedItems(body, `"${SUMMARY_SEAL}`, readSummary).flatMap(({ span, found }) =>
    found === undefined ? [] : [{ ...span, json: toMessage(found) }],
  )

const toMessage = (text: string): string =>
  JSON.stringify({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
