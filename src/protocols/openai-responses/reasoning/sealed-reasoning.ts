/** Signatures of other vendors' thoughts, in the field that clients keep and send back unchanged. */
import { isJsonObject, parseObject, type ReasoningPart } from '#model'

export const SEAL = 'sluice.sealed.'

export type Proof = Pick<ReasoningPart, 'signature' | 'redacted'>

export const sealProof = (proof: Proof): string =>
  SEAL + Buffer.from(JSON.stringify(proof)).toString('base64url')

/** Undefined if Sluice did not seal it. */
export const unsealProof = (sealed: string): Proof | undefined => {
  if (!sealed.startsWith(SEAL)) return undefined
  const value = parseObject(Buffer.from(sealed.slice(SEAL.length), 'base64url').toString('utf8'))
  if (!isJsonObject(value)) return {}
  const { signature, redacted } = value
  if (typeof redacted === 'string') return { redacted }
  return typeof signature === 'string' ? { signature } : {}
}
