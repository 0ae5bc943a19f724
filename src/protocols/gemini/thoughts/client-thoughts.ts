/**
 * Carries thoughts of other vendors through a Gemini client and back. Of a thought, clients keep only
 * `thoughtSignature`, so it holds the complete thought. The field is typed as bytes, hence base64.
 */
import { isJsonObject, type ReasoningPart } from '#model'
import { withoutUndefined } from '../../requests/fields.ts'

/** The bytes that begin every signature made by Sluice, and their base64 form. */
const MARK = 'sluice'
export const ENCODED_MARK = 'c2x1aWNl'

export const sealThoughts = (thoughts: readonly ReasoningPart[]): string =>
  Buffer.from(
    MARK +
      JSON.stringify(
        thoughts.map(({ text, signature, redacted }) =>
          withoutUndefined({ text: text || undefined, signature, redacted }),
        ),
      ),
  ).toString('base64')

/** Undefined if Sluice did not make the signature. */
export const openThoughts = (thoughtSignature: string): ReasoningPart[] | undefined => {
  if (!thoughtSignature.startsWith(ENCODED_MARK)) return undefined
  try {
    const text = Buffer.from(thoughtSignature, 'base64').toString('utf8')
    const thoughts: unknown = JSON.parse(text.slice(MARK.length))
    return Array.isArray(thoughts) ? thoughts.filter(isJsonObject).map(toReasoning) : undefined
  } catch {
    return undefined
  }
}

const toReasoning = ({ text, signature, redacted }: Record<string, unknown>): ReasoningPart =>
  withoutUndefined({
    kind: 'reasoning',
    text: typeof text === 'string' ? text : '',
    signature: typeof signature === 'string' ? signature : undefined,
    redacted: typeof redacted === 'string' ? redacted : undefined,
  } as ReasoningPart)
