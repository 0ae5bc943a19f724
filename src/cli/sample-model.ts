/** A model to try first, as far as one can be known without asking a provider. */
import type { AppOptions, ProviderOptions } from '#app'

export interface SampleModel {
  readonly model: string
  /** MODEL stands where a name belongs that only the provider knows. */
  readonly isPlaceholder: boolean
  /** The names that Claude Code asks for lead somewhere. */
  readonly answersToClaude: boolean
}

/** Small ones of November 2026, to be asked for only where the vendor itself answers. */
const VENDOR_MODELS: Readonly<Record<ProviderOptions['vendor'], string>> = {
  openai: 'gpt-5.4-mini',
  anthropic: 'claude-haiku-5-5',
}

type Known = Pick<AppOptions, 'providers' | 'aliases' | 'defaultModel' | 'demo' | 'presets'>

const isOwnVendor = ({ baseUrl }: ProviderOptions) => baseUrl === undefined

/** Undefined where nothing could answer. */
export const toSampleModel = (known: Known): SampleModel | undefined => {
  const { providers, defaultModel, demo } = known
  const first = providers.find(isOwnVendor) ?? providers[0]
  if (!first) return demo && { model: 'demo/echo', isPlaceholder: false, answersToClaude: true }

  const answersToClaude =
    defaultModel !== undefined ||
    known.aliases.some(({ name }) => name.startsWith('claude-')) ||
    providers.some(({ vendor, baseUrl }) => vendor === 'anthropic' && baseUrl === undefined) ||
    (known.presets &&
      providers.some((provider) => provider.name === 'openai' && isOwnVendor(provider)))
  const alias = known.aliases.find(({ name }) => /^[\w.-]+$/.test(name))?.name
  const named = defaultModel ?? alias
  if (named !== undefined) return { model: named, isPlaceholder: false, answersToClaude }
  return isOwnVendor(first)
    ? {
        model: `${first.name}/${VENDOR_MODELS[first.vendor]}`,
        isPlaceholder: false,
        answersToClaude,
      }
    : { model: `${first.name}/MODEL`, isPlaceholder: true, answersToClaude }
}
