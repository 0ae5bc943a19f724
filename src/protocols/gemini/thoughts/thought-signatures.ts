/**
 * Google's thought signatures, kept in the `signature` field of reasoning parts. They must come back on the part they
 * arrived on: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
import { sealedPayload, sealedSignature } from '../../thoughts/reasoning-origin.ts'

/** The kind of part a signature was on; its first letter is sent with it. */
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

/** Undefined if it holds no signature of Google's. */
export const toPlacedSignature = (signature: string): PlacedSignature | undefined => {
  const payload = sealedPayload(signature)
  const place = payload === undefined ? undefined : PLACES.get(payload.charAt(0))
  return place && { place, thoughtSignature: payload?.slice(1) ?? '' }
}
