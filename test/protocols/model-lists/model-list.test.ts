/** Lists of models in both dialects. */
import { expect, it } from 'vitest'
import { anthropicModelList, openAiModelList } from '#protocols'

it('take a time that is none for one that is not known', () => {
  for (const createdAtMs of [Number.NaN, 1e300, -Infinity]) {
    const model = { id: 'a/b', ownedBy: 'a', createdAtMs }
    expect(openAiModelList.encodeModel(model).created).toBe(0)
    expect(anthropicModelList.encodeModel(model).created_at).toBe('1970-01-01T00:00:00.000Z')
  }
})
