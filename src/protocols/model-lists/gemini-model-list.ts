/** The list of models as Gemini's clients read it: https://ai.google.dev/api/models */
import type { JsonObject } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import type { ListedModel, ModelListDialect } from './model-list.ts'

const METHODS = ['generateContent', 'countTokens']

/** Only Google's own entries tell of more; they are given on as they are. */
const encodeGemini = (model: ListedModel): JsonObject =>
  withoutUndefined({
    version: '',
    supportedGenerationMethods: METHODS,
    ...(typeof model.native?.name === 'string' ? model.native : {}),
    name: `models/${model.id}`,
    displayName: model.displayName ?? model.id,
    inputTokenLimit: model.maxInputTokens,
    outputTokenLimit: model.maxOutputTokens,
  })

export const geminiModelList: ModelListDialect = {
  encodeModel: encodeGemini,
  encodeList: (models) => ({ models: models.map(encodeGemini) }),
}
