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
}

export const toSettings =
  ({ temperature, topP, topK, maxOutputTokens }: ModelRequest) =>
  (className: string): JsonObject => ({
    temperature,
    topP,
    topK,
    [lookUp(LIMITS, className) ?? 'maxTokens']: maxOutputTokens,
  })

/** What clients call such a setting. */
export const toClientName = (setting: string): string =>
  lookUp(CLIENT_NAMES, setting) ?? 'max_tokens'
