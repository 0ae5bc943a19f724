/** What models can do, from the file. */
import type { ModelSettings } from '#router'
import type { ModelsSettings } from '../../schema/index.ts'
import { withoutUndefined } from '../../without-undefined.ts'

export const toModels = (models: ModelsSettings): readonly ModelSettings[] =>
  Object.entries(models).map(([target, { context, ...abilities }]) => ({
    target,
    abilities: withoutUndefined(abilities),
    ...(context === undefined ? {} : { context }),
  }))
