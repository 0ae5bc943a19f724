/** Sampling and output limits, under the names that each class uses. */
import type { JsonObject, ModelRequest } from '#model'
import { lookUp } from '#protocols'

/** Classes with another name for the output limit. */
const LIMITS: Readonly<Record<string, string>> = {
  ChatGoogle: 'maxOutputTokens',
  ChatGoogleGenerativeAI: 'maxOutputTokens',
  ChatVertexAI: 'maxOutputTokens',
  ChatOllama: 'numPredict',
}

const CLIENT_NAMES: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
}

export const toSettings =
  (request: ModelRequest) =>
  (className: string): JsonObject => ({
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    seed: request.seed,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    [lookUp(LIMITS, className) ?? 'maxTokens']: request.maxOutputTokens,
  })

/** The client's name for a setting. */
export const toClientName = (setting: string): string =>
  lookUp(CLIENT_NAMES, setting) ?? 'max_tokens'
