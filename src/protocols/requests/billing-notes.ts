/** Removes what a client wrote only for its own vendor. */
import type { Part } from '#model'

/**
 * Claude Code writes billing data for its vendor into a text that changes with every call and would defeat prompt
 * caching.
 */
export const withoutBillingNotes = (parts: readonly Part[]): readonly Part[] =>
  parts.filter(
    (part) => part.kind !== 'text' || !part.text.startsWith('x-anthropic-billing-header:'),
  )
