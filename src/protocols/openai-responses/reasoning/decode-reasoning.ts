/** Reads thoughts that a client sends back. */
import type { JsonObject, Part } from '#model'
import { optionalArray, optionalString } from '../../requests/fields.ts'
import { toTexts } from '../../requests/lenient-fields.ts'
import { toNative } from '../decode-content.ts'
import { unsealProof } from './sealed-reasoning.ts'

/** Only the vendor that sealed an item can read it, so the item stays as it was. */
export const decodeReasoning = (item: JsonObject, path: string): Part[] => {
  const sealed = optionalString(item, 'encrypted_content', path)
  const proof = sealed ? unsealProof(sealed) : {}
  if (!proof) return [toNative(item)]
  if (proof.redacted !== undefined)
    return [{ kind: 'reasoning', text: '', redacted: proof.redacted }]
  const text =
    toTexts(optionalArray(item, 'summary', path)).join('') ||
    toTexts(optionalArray(item, 'content', path)).join('')
  if (proof.signature !== undefined)
    return [{ kind: 'reasoning', text, signature: proof.signature }]
  return text === '' ? [] : [{ kind: 'reasoning', text }]
}
