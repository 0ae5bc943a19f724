/** The built-in `demo` model as a provider among the others. */
import { createDemo, type DemoOptions } from './demo/index.ts'
import type { LocalProvider } from './provider.ts'

export const demo = (options: DemoOptions = {}): LocalProvider => {
  const model = createDemo(options)
  return {
    kind: 'local',
    name: 'demo',
    owns: () => false,
    traits: (name) => ({ provider: 'demo', model: name }),
    knownModels: () => model.models,
    fetchModels: async () => model.models,
    answer: model.answer,
    countTokens: model.countInputTokens,
  }
}
