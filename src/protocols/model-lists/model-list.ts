/** Lists of models in the form that each family of clients reads. */
import type { JsonObject } from '#model'

export interface ListedModel {
  readonly id: string
  readonly ownedBy: string
  readonly displayName?: string
  readonly createdAtMs?: number
  readonly maxInputTokens?: number
  readonly maxOutputTokens?: number
  /** The vendor's original entry. */
  readonly native?: JsonObject
}

export interface ModelListDialect {
  readonly encodeModel: (model: ListedModel) => JsonObject
  readonly encodeList: (models: readonly ListedModel[]) => JsonObject
}

/** A provider may report an invalid time. */
const toDate = ({ createdAtMs = 0 }: ListedModel): Date => {
  const date = new Date(createdAtMs)
  return Number.isNaN(date.valueOf()) ? new Date(0) : date
}

const encodeOpenAi = (model: ListedModel): JsonObject => ({
  id: model.id,
  object: 'model',
  created: Math.floor(toDate(model).valueOf() / 1000),
  owned_by: model.ownedBy,
})

export const openAiModelList: ModelListDialect = {
  encodeModel: encodeOpenAi,
  encodeList: (models) => ({ object: 'list', data: models.map(encodeOpenAi) }),
}

/** Only Anthropic's own entries describe capabilities; they are passed on unchanged. */
const encodeAnthropic = (model: ListedModel): JsonObject => ({
  ...(model.native?.type === 'model' ? model.native : {}),
  type: 'model',
  id: model.id,
  display_name: model.displayName ?? model.id,
  created_at: toDate(model).toISOString(),
  max_input_tokens: model.maxInputTokens ?? null,
  max_tokens: model.maxOutputTokens ?? null,
})

export const anthropicModelList: ModelListDialect = {
  encodeModel: encodeAnthropic,
  encodeList: (models) => ({
    data: models.map(encodeAnthropic),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }),
}
