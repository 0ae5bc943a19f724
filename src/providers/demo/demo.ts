/** The built-in `demo` model, also as a provider like any other. */
import type { EmbeddingAnswer, EmbeddingRequest, ModelEvent, ModelRequest } from '#model'
import { type Deadlines, DEFAULT_DEADLINES } from '../deadlines.ts'
import type { LocalProvider } from '../provider.ts'
import { answerRequest, DEMO_MODEL, type DemoOptions } from './answer.ts'
import { embedTexts } from './embed.ts'
import { countRequestTokens } from './tokens.ts'

export interface Demo {
  /** Failures before the first event are thrown; later ones are error events. */
  answer(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>
  /** The input tokens that the usage of the answer reports. */
  countInputTokens(request: ModelRequest): number
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingAnswer>
  readonly models: readonly { readonly id: string }[]
}

export const createDemo = (options: DemoOptions = {}): Demo => ({
  answer: (request, signal) => answerRequest(request, signal, options),
  countInputTokens: countRequestTokens,
  embed: embedTexts,
  models: [{ id: DEMO_MODEL.slice('demo/'.length) }],
})

export interface DemoProviderOptions extends DemoOptions {
  readonly deadlines?: Partial<Deadlines>
}

export const demo = (options: DemoProviderOptions = {}): LocalProvider => {
  const model = createDemo(options)
  return {
    kind: 'local',
    name: 'demo',
    isDemo: true,
    owns: () => false,
    deadlines: { ...DEFAULT_DEADLINES, ...options.deadlines },
    traits: (name) => ({ provider: 'demo', model: name }),
    knownModels: () => model.models,
    fetchModels: async () => model.models,
    answer: (request, signal) => model.answer(request, signal),
    countTokens: model.countInputTokens,
    embed: model.embed,
  }
}
