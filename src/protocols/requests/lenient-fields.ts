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

/** A token count is never negative and never fractional. */
export const toTokenCount = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0
