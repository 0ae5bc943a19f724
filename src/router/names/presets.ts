/**
 * Targets for the best-known model names, for when their own vendor is not configured, so that a client with
 * fixed model names works with the providers that are. As of 2026-11.
 */
import type { AliasOptions } from './aliases.ts'

export interface Preset extends AliasOptions {
  /** The vendor whose models have this name. Its presets are inactive while it is configured. */
  readonly vendor: string
}

export const PRESETS: readonly Preset[] = [
  {
    vendor: 'openai',
    name: '/^(?:gpt|o\\d).*-(?:mini|nano|luna)(?:-[-\\d]+)?$/',
    targets: ['anthropic/claude-haiku-5-5'],
  },
  { vendor: 'openai', name: '/^(?:gpt-|chatgpt-|o\\d)/', targets: ['anthropic/claude-sonnet-5-5'] },
  { vendor: 'anthropic', name: 'claude-*haiku*', targets: ['openai/gpt-5.4-mini'] },
  { vendor: 'anthropic', name: 'claude-*', targets: ['openai/gpt-5.5'] },
  {
    vendor: 'gemini',
    name: '/^gemini-(?!.*embedding).*flash/',
    targets: ['anthropic/claude-haiku-5-5', 'openai/gpt-5.4-mini'],
  },
  {
    vendor: 'gemini',
    name: '/^gemini-(?!.*embedding)/',
    targets: ['anthropic/claude-sonnet-5-5', 'openai/gpt-5.5'],
  },
]
