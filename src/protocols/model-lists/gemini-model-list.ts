/** The list of models in Gemini's form: https://ai.google.dev/api/models */
import type { JsonObject } from '#model'
import { withoutUndefined } from '../requests/fields.ts'
import type { ListedModel, ModelListDialect } from './model-list.ts'

const METHODS = ['generateContent', 'countTokens']

/** Only Google's own entries have more fields; they are passed on unchanged. */
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
