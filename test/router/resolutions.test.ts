import { expect, it } from 'vitest'
import type { Catalogue, LocalProvider, ModelInfo } from '#providers'
import { createRouter } from '#router'
import { catalogue } from '../tools/router/virtual.ts'

const vendor = (name: string, lists: { models?: readonly ModelInfo[] }): LocalProvider =>
  ({
    kind: 'local',
    name,
    owns: (model: string) => model.startsWith(`${name}-`),
    knownModels: () => lists.models,
  }) as unknown as LocalProvider

const namesOf = async (resolving: Promise<readonly { provider: { name: string } }[]>) =>
  (await resolving).map(({ provider }) => provider.name)

it('a name is resolved once, until a list of models changes', async () => {
  const lists: { models?: readonly ModelInfo[] } = {}
  const providers = [vendor('one', lists), vendor('two', { models: [] })]
  const router = createRouter({ providers, catalogue })
  const first = router.resolve('two-large', 'openai-chat')
  expect(router.resolve('two-large', 'gemini')).toBe(first)
  expect(await namesOf(first)).toEqual(['two'])
  lists.models = [{ id: 'two-large', native: {} }]
  expect(await namesOf(router.resolve('two-large', 'openai-chat'))).toEqual(['one'])
})

it('a name is resolved anew where a provider is added', async () => {
  const lists = { models: [] as readonly ModelInfo[] }
  const one = vendor('one', lists)
  const listed = [one]
  const aliases = [{ name: 'fast', targets: ['one/a'] }]
  const router = createRouter({ providers: [one], listed, catalogue, aliases })
  const first = router.resolve('fast', 'openai-chat')
  expect(await namesOf(first)).toEqual(['one'])
  listed.push(vendor('late', lists))
  expect(router.resolve('fast', 'openai-chat')).not.toBe(first)
  expect(await namesOf(router.resolve('late/x', 'openai-chat'))).toEqual(['late'])
})

it('a name that nobody lists is looked up each time', async () => {
  let asked = 0
  const counting: Catalogue = { ...catalogue, list: async () => (asked++, []) }
  const providers = [vendor('one', {})]
  const router = createRouter({ providers, catalogue: counting, defaultModel: 'one/a' })
  await router.resolve('unheard-of', 'openai-chat')
  await router.resolve('unheard-of', 'openai-chat')
  expect(asked).toBe(2)
})
