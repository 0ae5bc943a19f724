/**
 * What Claude models can do, for when Anthropic's own list has not been asked for.
 * Specified: https://platform.claude.com/docs/en/models, and each model's page and migration guide (2026-11).
 */
import type { TargetTraits } from '#protocols'

type ClaudeTraits = Pick<TargetTraits, 'maxOutputTokens' | 'thinking' | 'refusedFields'>

/** From Claude Opus 4.7 on, a model refuses to have its sampling bent. */
const UNBENT = { refusedFields: ['temperature', 'top_p', 'top_k'] } satisfies ClaudeTraits

/** The first pattern that fits counts. */
const MODELS: readonly (readonly [RegExp, ClaudeTraits])[] = [
  [/^claude-3-haiku/, { maxOutputTokens: 4_096, thinking: 'none' }],
  [/^claude-3-5-/, { maxOutputTokens: 8_192, thinking: 'none' }],
  [/^claude-3-7-/, { maxOutputTokens: 64_000, thinking: 'budget' }],
  [/^claude-opus-4-5/, { maxOutputTokens: 64_000, thinking: 'budget' }],
  [/^claude-opus-4-6/, { maxOutputTokens: 128_000, thinking: 'adaptive' }],
  [/^claude-opus-4-[7-9]/, { ...UNBENT, maxOutputTokens: 128_000, thinking: 'adaptive' }],
  [/^claude-opus-4/, { maxOutputTokens: 32_000, thinking: 'budget' }],
  [/^claude-sonnet-4-6/, { maxOutputTokens: 128_000, thinking: 'adaptive' }],
  [/^claude-(?:sonnet|haiku)-4/, { maxOutputTokens: 64_000, thinking: 'budget' }],
  [/^claude-[a-z]+-[5-9]/, { ...UNBENT, maxOutputTokens: 128_000, thinking: 'adaptive' }],
]

export const anthropicTraits = (model: string): ClaudeTraits =>
  MODELS.find(([pattern]) => pattern.test(model))?.[1] ?? {}
