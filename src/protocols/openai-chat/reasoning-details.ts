/** Signed and sealed thoughts, in the field that chat clients keep and send back. */
import { isJsonObject, type JsonObject, type ReasoningPart } from '#model'
import { toText } from '../requests/lenient-fields.ts'
import { type ReasoningDetail, SIGNED_FORMAT } from './wire.ts'

export const toSignedDetail = (
  text: string,
  signature: string,
  index: number,
): ReasoningDetail => ({
  type: 'reasoning.text',
  text,
  signature,
  format: SIGNED_FORMAT,
  index,
})

export const toSealedDetail = (data: string, index: number): ReasoningDetail => ({
  type: 'reasoning.encrypted',
  data,
  format: SIGNED_FORMAT,
  index,
})

/** The text of a thought or of its summary. */
export const textOfDetail = ({ text, summary }: JsonObject): string =>
  toText(text) || toText(summary)

/**
 * The thoughts that a client sends back, in order. A provider that can read our signatures cannot use another vendor's
 * seal or signature, so such a thought keeps only its text.
 */
export const toReasoningParts = (details: readonly unknown[]): ReasoningPart[] =>
  details.filter(isJsonObject).flatMap((detail): ReasoningPart[] => {
    const isOurs = (detail.format ?? SIGNED_FORMAT) === SIGNED_FORMAT
    if (detail.type === 'reasoning.encrypted')
      return isOurs && typeof detail.data === 'string'
        ? [{ kind: 'reasoning', text: '', redacted: detail.data }]
        : []
    const text = textOfDetail(detail)
    const signature = isOurs ? toText(detail.signature) : ''
    if (signature !== '') return [{ kind: 'reasoning', text, signature }]
    return text === '' ? [] : [{ kind: 'reasoning', text }]
  })
