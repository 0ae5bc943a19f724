/**
 * The traits of Gemini models, by name.
 * Specified: https://ai.google.dev/gemini-api/docs/models, https://ai.google.dev/gemini-api/docs/thinking,
 * https://ai.google.dev/gemini-api/docs/thought-signatures,
 * https://ai.google.dev/gemini-api/docs/function-calling (2026-11).
 */
import type { VendorTraits } from '../vendor.ts'

/**
 * Every other model refuses a penalty above 0 with 400.
 * Reported: https://github.com/google-gemini/cookbook/issues/1290 (2026-11).
 */
const TAKES_PENALTIES = /^gemini-2\.0-flash(?!-lite)/

/** These models think by level and cannot be stopped from thinking. */
const THIRD = {
  maxOutputTokens: 65_536,
  thinking: 'adaptive',
  alwaysThinks: true,
  wantsCallSignatures: true,
  takesMediaInResults: true,
} satisfies VendorTraits

/** These models refuse a response schema together with functions. */
const SECOND = { maxOutputTokens: 65_536, structuredOutput: 'tool' } satisfies VendorTraits

/** The first matching pattern counts. */
const MODELS: readonly (readonly [RegExp, VendorTraits])[] = [
  [/^gemini-3-pro/, { ...THIRD, efforts: ['low', 'high'] }],
  [/^gemini-(?:[3-9][\d.]*-)?pro/, { ...THIRD, efforts: ['low', 'medium', 'high'] }],
  [/^gemini-(?:[3-9][\d.]*-)?flash/, { ...THIRD, efforts: ['minimal', 'low', 'medium', 'high'] }],
  [
    /^gemini-2\.5-pro/,
    { ...SECOND, thinking: 'budget', alwaysThinks: true, thinkingBudgets: [128, 32_768] },
  ],
  [/^gemini-2\.5-flash-lite/, { ...SECOND, thinking: 'budget', thinkingBudgets: [512, 24_576] }],
  [/^gemini-2\.5-flash/, { ...SECOND, thinking: 'budget', thinkingBudgets: [1, 24_576] }],
  [/^gemini-[12]/, { ...SECOND, maxOutputTokens: 8_192, thinking: 'none' }],
  [/^gemma-/, { ...SECOND, maxOutputTokens: 8_192, thinking: 'none' }],
]

export const geminiTraits = (model: string): VendorTraits => {
  const known = MODELS.find(([pattern]) => pattern.test(model))?.[1]
  if (!known || TAKES_PENALTIES.test(model)) return known ?? {}
  return { ...known, refusedFields: ['presencePenalty', 'frequencyPenalty'] }
}
