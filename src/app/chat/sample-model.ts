/** Chooses a model to try first, as far as possible without asking a provider. */
import { type Vendor, VENDORS } from '#providers'
import type { AppOptions, ProviderOptions } from '../options.ts'

export interface SampleModel {
  readonly model: string
  /** The name contains MODEL in place of a name that only the provider knows. */
  readonly isPlaceholder: boolean
  /** The model names that Claude Code asks for resolve. */
  readonly answersToClaude: boolean
}

type Known = Pick<
  AppOptions,
  'providers' | 'langchain' | 'aliases' | 'defaultModel' | 'demo' | 'presets'
>

/** Claude Code takes these for models of its own, and asks for another name. */
const NAMES_OF_CLAUDE_CODE: ReadonlySet<string> = new Set([
  'best',
  'default',
  'fable',
  'haiku',
  'opus',
  'opusplan',
  'sonnet',
])

const canBeAskedFor = (name: string): boolean =>
  /^[\w.-]+$/.test(name) && !NAMES_OF_CLAUDE_CODE.has(name)

const isOwnVendor = ({ baseUrl }: ProviderOptions) => baseUrl === undefined

/** Undefined if no provider could answer. */
export const toSampleModel = (known: Known): SampleModel | undefined => {
  const { providers, langchain = [], defaultModel, demo } = known
  const first = providers.find(isOwnVendor) ?? providers[0]
  const [built] = langchain
  if (!first && built) return toBuiltModel(built.name, known)
  if (!first) return demo && { model: 'demo/echo', isPlaceholder: false, answersToClaude: true }

  const answersToClaude =
    defaultModel !== undefined ||
    known.aliases.some(({ name }) => name.startsWith('claude-')) ||
    providers.some(({ vendor, baseUrl }) => vendor === 'anthropic' && baseUrl === undefined) ||
    (known.presets &&
      providers.some((provider) => provider.name === 'openai' && isOwnVendor(provider)))
  const alias = known.aliases.find(({ name }) => canBeAskedFor(name))?.name
  const named = defaultModel ?? alias
  if (named !== undefined) return { model: named, isPlaceholder: false, answersToClaude }
  const { sampleModel }: Vendor = VENDORS[first.vendor]
  return isOwnVendor(first) && sampleModel !== undefined
    ? { model: `${first.name}/${sampleModel}`, isPlaceholder: false, answersToClaude }
    : { model: `${first.name}/MODEL`, isPlaceholder: true, answersToClaude }
}

/** The names of its models are known only to the class. */
const toBuiltModel = (name: string, { defaultModel }: Known): SampleModel => ({
  model: defaultModel ?? `${name}/MODEL`,
  isPlaceholder: defaultModel === undefined,
  answersToClaude: defaultModel !== undefined,
})
