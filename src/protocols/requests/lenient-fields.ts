/** Reads optional fields of an upstream or a client. A value of the wrong type counts as absent. */
import { isJsonObject } from '#model'

export const toText = (value: unknown): string => (typeof value === 'string' ? value : '')

export const toOptionalText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

export const toOptionalNumber = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined

export const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The texts of a list of parts, each of which may be empty. */
export const toTexts = (parts: unknown): string[] =>
  toList(parts)
    .filter(isJsonObject)
    .map(({ text }) => toText(text))

/** No call uses more tokens. A larger count is not one. */
const MAX_TOKENS = 1e9

const isTokenCount = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= MAX_TOKENS

/** A token count is never negative, never fractional and never absurd. */
export const toTokenCount = (value: unknown): number =>
  isTokenCount(value) ? Math.floor(value) : 0

/** Whether a usage says anything. */
export const hasTokenCount = (...counts: readonly unknown[]): boolean => counts.some(isTokenCount)

/** A count that is missing, or cannot be believed, is estimated: it would be taken for zero. */
export const toDoubt = (...counts: readonly unknown[]): { readonly estimated?: true } =>
  counts.every(isTokenCount) ? {} : { estimated: true }
