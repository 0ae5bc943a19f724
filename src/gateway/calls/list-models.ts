/** Lists every model that a caller can ask for, under every name that resolves to it. */
import type { Caller } from '#access'
import type { Catalogue, ModelInfo } from '#providers'
import type { Router } from '#router'

export interface ListedModel extends ModelInfo {
  /** What a client writes: an alias, or `provider/model`. */
  readonly id: string
  readonly ownedBy: string
}

export const listModels = async (
  router: Router,
  catalogue: Catalogue,
  { models: permits }: Pick<Caller, 'models'>,
): Promise<readonly ListedModel[]> => {
  const lists = await catalogue.list()
  const listed = lists.flatMap(({ provider, models }) =>
    models.map((model) => ({
      ...model,
      id: `${provider.name}/${model.id}`,
      ownedBy: model.ownedBy ?? provider.name,
    })),
  )
  const aliases = permits ? await findAliases(router, permits) : router.aliasNames
  return [
    ...aliases.map((id) => ({ id, ownedBy: 'sluice' })),
    ...(permits ? listed.filter(({ id }) => permits(id)) : listed),
  ]
}

/** The aliases that a caller may use: by their own name, or because they lead to a model that it may use. */
const findAliases = async (
  router: Router,
  permits: (name: string) => boolean,
): Promise<readonly string[]> => {
  const usable = await Promise.all(
    router.aliasNames.map(async (name) => {
      if (permits(name)) return true
      const targets = await router.resolve(name, 'openai-chat').catch(() => [])
      return targets.some(({ provider, model }) => permits(`${provider.name}/${model}`))
    }),
  )
  return router.aliasNames.filter((_, at) => usable[at])
}
