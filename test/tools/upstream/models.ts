/** The models that the vendors offer here, what each allows, and how they are listed. */

export interface OpenaiModel {
  maxTokens: number
  /** A reasoning model knows neither `max_tokens` nor sampling settings. */
  reasons: boolean
  /** It is found on Responses only. */
  responsesOnly?: boolean
  /** It takes function tools on Responses only. */
  toolsOnResponsesOnly?: boolean
}

export interface AnthropicModel {
  maxTokens: number
  maxInputTokens: number
  adaptiveThinking: boolean
  budgetedThinking: boolean
  effort: boolean
  xhighEffort: boolean
  /** Its thinking cannot be switched off. */
  alwaysThinks: boolean
  /** A system message may be in the conversation. */
  systemTurns: boolean
  prefill: boolean
  sampling: boolean
}

const OPENAI_NAME = /^(?:gpt-|chatgpt-|codex-|o\d)/

export const findOpenaiModel = (name: string): OpenaiModel | undefined => {
  if (!OPENAI_NAME.test(name)) return undefined
  const reasons = /^(?:o\d|gpt-[5-9]|codex-)/.test(name) && !name.includes('-chat')
  if (reasons)
    return {
      maxTokens: name.startsWith('o') ? 100_000 : 128_000,
      reasons,
      responsesOnly: /codex|-pro\b|deep-research/.test(name),
      toolsOnResponsesOnly: /^gpt-(?:5\.[4-9]|[6-9])/.test(name),
    }
  if (name.startsWith('gpt-4.1')) return { maxTokens: 32_768, reasons }
  return { maxTokens: /^gpt-(?:3|4$|4-)/.test(name) ? 4096 : 16_384, reasons }
}

const CLAUDE_NAME =
  /^claude-(?:(?<family>[a-z]+)-(?<major>\d)(?:-(?<minor>\d))?|(?<oldMajor>\d)(?:-(?<oldMinor>\d))?-(?<oldFamily>[a-z]+)|mythos-preview)(?:-\d{8}|-latest)?$/

const maxTokensOf = (family: string, version: number) => {
  if (version >= 4.6) return 128_000
  if (version === 4 || version === 4.1) return family === 'opus' ? 32_000 : 64_000
  if (version >= 3.7) return 64_000
  return version >= 3.5 ? 8192 : 4096
}

export const findAnthropicModel = (name: string): AnthropicModel | undefined => {
  const match = CLAUDE_NAME.exec(name)
  if (!match) return undefined
  const { family, major, minor, oldMajor, oldMinor, oldFamily } = match.groups ?? {}
  const digits = `${major ?? oldMajor ?? 5}.${minor ?? oldMinor ?? 0}`
  const version = Number(digits)
  const line = family ?? oldFamily ?? 'mythos'
  return {
    maxTokens: maxTokensOf(line, version),
    maxInputTokens: version >= 4.6 ? 1_000_000 : 200_000,
    adaptiveThinking: version >= 4.6,
    budgetedThinking: version >= 3.7 && version < 4.7,
    effort: version >= 4.6 || (version === 4.5 && line === 'opus'),
    xhighEffort: version >= 4.7,
    alwaysThinks: version > 5 || (version === 5 && (line === 'fable' || line === 'haiku')),
    systemTurns: version >= 4.8,
    prefill: version < 4.6,
    sampling: version < 4.7,
  }
}

const OPENAI_LIST = [
  'gpt-5.6-sol',
  'gpt-5.5',
  'gpt-5',
  'gpt-5-mini',
  'gpt-4.1',
  'gpt-4o',
  'gpt-4o-mini',
  'o4-mini',
]

const ANTHROPIC_LIST = [
  ['claude-opus-5', 'Claude Opus 5', '2026-07-01T00:00:00Z'],
  ['claude-sonnet-5', 'Claude Sonnet 5', '2026-06-01T00:00:00Z'],
  ['claude-opus-4-6', 'Claude Opus 4.6', '2026-02-04T00:00:00Z'],
  ['claude-sonnet-4-5-20250929', 'Claude Sonnet 4.5', '2025-09-29T00:00:00Z'],
  ['claude-haiku-4-5-20251001', 'Claude Haiku 4.5', '2025-10-15T00:00:00Z'],
] as const

export const toOpenaiModel = (id: string) => ({
  id,
  object: 'model',
  created: 1_700_000_000,
  owned_by: 'openai',
})

export const listOpenaiModels = (extra: readonly string[]) => ({
  object: 'list',
  data: [...OPENAI_LIST, ...extra].map(toOpenaiModel),
})

const supported = (value = true) => ({ supported: value })

export const toAnthropicModel = (id: string) => {
  const model = findAnthropicModel(id)
  const listed = ANTHROPIC_LIST.find(([name]) => name === id)
  return {
    type: 'model',
    id,
    display_name: listed?.[1] ?? id,
    created_at: listed?.[2] ?? '1970-01-01T00:00:00Z',
    deprecated_at: null,
    retires_at: null,
    lifecycle: 'active',
    line: /opus|sonnet|haiku|fable|mythos/.exec(id)?.[0] ?? null,
    max_input_tokens: model?.maxInputTokens ?? null,
    max_tokens: model?.maxTokens ?? null,
    capabilities: {
      batch: supported(),
      citations: supported(),
      code_execution: supported(),
      context_management: {
        supported: true,
        clear_thinking_20251015: supported(),
        clear_tool_uses_20250919: supported(),
        compact_20260112: supported(),
      },
      effort: {
        supported: model?.effort ?? false,
        low: supported(model?.effort),
        medium: supported(model?.effort),
        high: supported(model?.effort),
        max: supported(model?.effort),
        xhigh: supported(model?.xhighEffort),
      },
      image_input: supported(),
      pdf_input: supported(),
      server_tools: { supported: true, code_execution: supported(), web_search: supported() },
      structured_outputs: supported(),
      thinking: {
        supported: true,
        types: {
          adaptive: supported(model?.adaptiveThinking),
          between_tools: supported(false),
          disabled: supported(),
          enabled: supported(model?.budgetedThinking),
        },
      },
    },
  }
}

export const listAnthropicModels = (extra: readonly string[]) => {
  const data = [...ANTHROPIC_LIST.map(([id]) => id), ...extra].map(toAnthropicModel)
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
}
