/** Leaves out what a client wrote for its own vendor, and for no other. */
import type { Part } from '#model'

/** Claude Code tells its own vendor whom to bill, in a text that differs from call to call and would undo prompt caching. */
export const withoutBillingNotes = (parts: readonly Part[]): readonly Part[] =>
  parts.filter(
    (part) => part.kind !== 'text' || !part.text.startsWith('x-anthropic-billing-header:'),
  )
