/** The built-in `demo` model as a provider among the others. */
import { createDemo, type DemoOptions } from './index.ts'
import { type Deadlines, DEFAULT_DEADLINES, type LocalProvider } from '../provider.ts'

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
