/** The models that Google offers here, what each allows, and how they are listed. */
import { geminiRefusal } from './errors.ts'

export interface GeminiModel {
  /** Generation 3 asks for the signatures of its calls; before 2.5 nothing thinks. */
  generation: number
  embeds: boolean
  maxTokens: number
  maxDimensions: number
  takesPenalties: boolean
}

const GENERATES = /^gemini-(?<generation>\d(?:\.\d)?)-(?:pro|flash)(?:-[a-z0-9-]+)?$/
const EMBEDS = /^(?:gemini-embedding-\d{3}|gemini-embedding-\d|text-embedding-004)$/

export const findGeminiModel = (name: string): GeminiModel | undefined => {
  const embeds = EMBEDS.test(name)
  const match = GENERATES.exec(name)
  if (!match && !embeds) return undefined
  const generation = Number(match?.groups?.generation ?? 0)
  return {
    generation,
    embeds,
    maxTokens: generation >= 2.5 ? 65_536 : 8192,
    maxDimensions: name.startsWith('gemini') ? 3072 : 768,
    takesPenalties: name === 'gemini-2.0-flash',
  }
}

/** A model that a test names is of the second generation and does everything. */
const ANY_MODEL: GeminiModel = {
  generation: 2.5,
  embeds: true,
  maxTokens: Infinity,
  maxDimensions: 3072,
  takesPenalties: true,
}

const unknownModel = (name: string, version: string, method: string) =>
  geminiRefusal(
    `models/${name} is not found for API version ${version}, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
    { status: 404 },
  )

export interface GeminiCall {
  name: string
  version: string
  method: string
}

export const knownModel = (
  { name, version, method }: GeminiCall,
  models: readonly string[],
): GeminiModel => {
  const model = findGeminiModel(name) ?? (models.includes(name) ? ANY_MODEL : undefined)
  const isEmbedding = method.toLowerCase().includes('embedcontent')
  if (!model || (model !== ANY_MODEL && model.embeds !== isEmbedding))
    throw unknownModel(name, version, method)
  return model
}

const LIST = [
  'gemini-3-pro-preview',
  'gemini-3-flash-preview',
  'gemini-2.5-pro',
  'gemini-2.5-flash',
  'gemini-2.5-flash-lite',
  'gemini-2.0-flash',
  'gemini-embedding-001',
]

const toGeminiModel = (id: string, model: GeminiModel) => ({
  name: `models/${id}`,
  version: '001',
  displayName: id,
  description: `The model ${id}`,
  inputTokenLimit: model.embeds && model !== ANY_MODEL ? 2048 : 1_048_576,
  outputTokenLimit: Math.min(model.maxTokens, 65_536),
  supportedGenerationMethods: [
    ...(model.generation > 0 ? ['generateContent', 'countTokens'] : []),
    ...(model.embeds ? ['embedContent', 'batchEmbedContents'] : []),
  ],
  temperature: 1,
  topP: 0.95,
  topK: 64,
  maxTemperature: 2,
  thinking: model.generation >= 2.5,
})

export const listGeminiModels = (extra: readonly string[]) => ({
  models: [...LIST, ...extra].map((id) => toGeminiModel(id, findGeminiModel(id) ?? ANY_MODEL)),
})

export const oneGeminiModel = (id: string, version: string, extra: readonly string[]) => {
  const model = findGeminiModel(id) ?? (extra.includes(id) ? ANY_MODEL : undefined)
  if (!model) throw unknownModel(id, version, 'generateContent')
  return toGeminiModel(id, model)
}
