/** How far a model may wander and how much it may write, in the words of its class. */
import type { JsonObject, ModelRequest } from '#model'
import { lookUp } from '#protocols'

/** Where a class has another word for how much may be written. */
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

/** What clients call such a setting. */
export const toClientName = (setting: string): string =>
  lookUp(CLIENT_NAMES, setting) ?? 'max_tokens'
