/**
 * Google's thought signatures in the vocabulary, where the signature of a reasoning part stands. They
 * must come back on the part that they came on: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
import { sealedPayload, sealedSignature } from '../../thoughts/reasoning-origin.ts'

/** What a signature stood on; its first letter travels with it. */
export type SignedPlace = 'thought' | 'call' | 'text' | 'empty-text'

const LETTERS = { thought: 'r', call: 'c', text: 't', 'empty-text': 'e' } as const

const PLACES: ReadonlyMap<string, SignedPlace> = new Map(
  (Object.keys(LETTERS) as SignedPlace[]).map((place) => [LETTERS[place], place]),
)

export const DEFAULT_PROVIDER = 'gemini'

export const toSignature = (provider: string, place: SignedPlace, thoughtSignature: string) =>
  sealedSignature(provider, LETTERS[place] + thoughtSignature)

interface PlacedSignature {
  readonly place: SignedPlace
  readonly thoughtSignature: string
}

/** Undefined where no signature of Google's is in it. */
export const toPlacedSignature = (signature: string): PlacedSignature | undefined => {
  const payload = sealedPayload(signature)
  const place = payload === undefined ? undefined : PLACES.get(payload.charAt(0))
  return place && { place, thoughtSignature: payload?.slice(1) ?? '' }
}
