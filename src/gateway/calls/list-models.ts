/** Lists every model that can be asked for, under every name that resolves to it. */
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
): Promise<readonly ListedModel[]> => {
  const lists = await catalogue.list()
  return [
    ...router.aliasNames.map((id) => ({ id, ownedBy: 'sluice' })),
    ...lists.flatMap(({ provider, models }) =>
      models.map((model) => ({
        ...model,
        id: `${provider.name}/${model.id}`,
        ownedBy: model.ownedBy ?? provider.name,
      })),
    ),
  ]
}
