/** What the file says of models: what it becomes, and which field is wrong. */
import { describe, expect, it } from 'vitest'
import { parseConfigFile } from '../../../../src/config/file/config-file.ts'
import { faultsOf } from '../../../tools/config/faults-of.ts'
import { loadFile } from '../../../tools/config/load-file.ts'

const load = async (file: string, env: Record<string, string> = {}) =>
  (await loadFile(file, env)).options.modelSettings

describe('the models of the file', () => {
  it('are none by default', async () => {
    expect(await load('')).toBeUndefined()
  })

  it('have every ability, and a context', async () => {
    const all =
      'tools: true, images: false, pdfs: false, audio: false, json_schema: true, reasoning: false, streaming: true'
    expect(await load(`models: { ollama/*: { ${all}, context: 32000 }, a/b: {} }`)).toEqual([
      {
        target: 'ollama/*',
        abilities: {
          tools: true,
          images: false,
          pdfs: false,
          audio: false,
          json_schema: true,
          reasoning: false,
          streaming: true,
        },
        context: 32_000,
      },
      { target: 'a/b', abilities: {} },
    ])
  })

  it('may come from variables', async () => {
    const file = 'models: { a/b: { images: "${IMAGES}", context: "${CONTEXT}" } }'
    expect(await load(file, { IMAGES: 'false', CONTEXT: '1000' })).toEqual([
      { target: 'a/b', abilities: { images: false }, context: 1000 },
    ])
  })

  it.each([
    ['models: { llama: { images: false } }', 'models.llama: must be a provider and a model'],
    ['models: { a/b: { images: perhaps } }', 'models.a/b.images: must be true or false'],
    ['models: { a/b: { context: 0 } }', 'models.a/b.context: must be at least 1'],
    ['models: { a/b: { context: many } }', 'models.a/b.context: must be a whole number'],
    ['models: { a/b: { wings: true } }', 'models.a/b.wings: is not a field that exists'],
  ])('%s is refused', (file, fault) => {
    const [line] = faultsOf(() => parseConfigFile(file, 'sluice.yaml', {}))
    expect(line).toContain(fault)
  })
})
