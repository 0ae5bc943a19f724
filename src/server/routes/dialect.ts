/** The language of a path. */
import type { IncomingHttpHeaders } from 'node:http'
import { anthropicMessages, gemini, openaiChat, type Protocol } from '#protocols'
import { isGemini } from './gemini-routes.ts'

/** The language in which a caller of this path expects even a refusal. */
export const dialectOf = (path: string, headers: IncomingHttpHeaders): Protocol => {
  if (isGemini(path)) return gemini
  if (
    path.includes('/messages') ||
    path.startsWith('/anthropic') ||
    headers['anthropic-version'] !== undefined
  )
    return anthropicMessages
  // The list of models is everybody's, and only the key says whose client asks.
  const isGoogles =
    headers['x-goog-api-key'] !== undefined &&
    headers.authorization === undefined &&
    headers['x-api-key'] === undefined
  return isGoogles && MODELS_PATH.test(path) ? gemini : openaiChat
}

const MODELS_PATH = /^\/v1\/models(?:\/|$)/
