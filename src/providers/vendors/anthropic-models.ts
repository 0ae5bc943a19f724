/**
 * The traits of Claude models, used until Anthropic's own list has been fetched.
 * Specified: https://platform.claude.com/docs/en/models, and each model's page and migration guide (2026-11).
 */
import type { TargetTraits } from '#protocols'

type ClaudeTraits = Omit<TargetTraits, 'provider' | 'model'>

const OLDEST = { structuredOutput: 'tool' } satisfies ClaudeTraits

const ADAPTIVE = {
  maxOutputTokens: 128_000,
  thinking: 'adaptive',
  efforts: ['low', 'medium', 'high', 'max'],
} satisfies ClaudeTraits

/** From Claude Opus 4.7 on, models refuse sampling parameters. */
const WITHOUT_SAMPLING = {
  ...ADAPTIVE,
  efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  refusedFields: ['temperature', 'top_p', 'top_k'],
} satisfies ClaudeTraits

const NEWEST = { ...WITHOUT_SAMPLING, takesSystemTurns: true } satisfies ClaudeTraits

/** The first matching pattern counts. */
const MODELS: readonly (readonly [RegExp, ClaudeTraits])[] = [
  [/^claude-3-haiku/, { ...OLDEST, maxOutputTokens: 4_096, thinking: 'none' }],
  [/^claude-3-5-/, { ...OLDEST, maxOutputTokens: 8_192, thinking: 'none' }],
  [/^claude-3-7-/, { ...OLDEST, maxOutputTokens: 64_000, thinking: 'budget' }],
  [/^claude-opus-4-5/, { maxOutputTokens: 64_000, thinking: 'budget' }],
  [/^claude-(?:opus|sonnet)-4-6/, ADAPTIVE],
  [/^claude-opus-4-7/, WITHOUT_SAMPLING],
  [/^claude-opus-4-[89]/, NEWEST],
  [/^claude-opus-4/, { maxOutputTokens: 32_000, thinking: 'budget' }],
  [/^claude-(?:sonnet|haiku)-4/, { maxOutputTokens: 64_000, thinking: 'budget' }],
  [/^claude-(?:opus|sonnet)-5(?!-\d(?!\d))/, NEWEST],
  [/^claude-[a-z]+-[5-9]/, { ...NEWEST, alwaysThinks: true }],
]

export const anthropicTraits = (model: string): ClaudeTraits =>
  MODELS.find(([pattern]) => pattern.test(model))?.[1] ?? {}
