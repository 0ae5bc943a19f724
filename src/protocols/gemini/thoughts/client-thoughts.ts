/**
 * Thoughts of other vendors on their way through a Gemini client and back. Clients keep
 * `thoughtSignature` and nothing else of a thought, so the whole thought is in it; the field is bytes,
 * hence base64.
 */
import { isJsonObject, type ReasoningPart } from '#model'
import { withoutUndefined } from '../../requests/fields.ts'

/** As bytes it begins every signature of ours, and as base64 this is what it looks like. */
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

/** Undefined where the signature is not ours. */
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
