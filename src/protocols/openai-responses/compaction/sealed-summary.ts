/** Summaries of conversations, in the field that clients keep and send back unchanged. */
import type { JsonObject } from '#model'

export const SUMMARY_SEAL = 'sluice.summary.'

export const sealSummary = (summary: string): string =>
  SUMMARY_SEAL + Buffer.from(summary).toString('base64url')

/** The text that such an item gives to a model; undefined if another vendor sealed it. */
export const readSummary = ({
  type,
  encrypted_content: sealed,
}: JsonObject): string | undefined => {
  if (type !== 'compaction' || typeof sealed !== 'string' || !sealed.startsWith(SUMMARY_SEAL))
    return undefined
  const summary = Buffer.from(sealed.slice(SUMMARY_SEAL.length), 'base64url').toString('utf8')
  return `${PREFACE}\n\n${summary}`
}

const PREFACE =
  'This conversation was longer. What follows is a summary of all that was said and done before; go on from there.'
