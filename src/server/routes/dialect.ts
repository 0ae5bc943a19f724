/** Chooses the dialect for a path. */
import type { IncomingHttpHeaders } from 'node:http'
import { anthropicMessages, gemini, openaiChat, type Protocol } from '#protocols'
import { isSessionPath } from '../resources/session-routes.ts'
import { isGemini } from './gemini-routes.ts'

/** The protocol whose errors a caller of this path expects. */
export const dialectOf = (path: string, headers: IncomingHttpHeaders): Protocol => {
  if (isGemini(path)) return gemini
  if (isSessionPath(path)) return openaiChat
  if (
    path.includes('/messages') ||
    path.startsWith('/anthropic') ||
    headers['anthropic-version'] !== undefined
  )
    return anthropicMessages
  // Clients of every protocol ask for the list of models. The kind of key distinguishes them.
  const isGoogles =
    headers['x-goog-api-key'] !== undefined &&
    headers.authorization === undefined &&
    headers['x-api-key'] === undefined
  return isGoogles && MODELS_PATH.test(path) ? gemini : openaiChat
}

const MODELS_PATH = /^\/v1\/models(?:\/|$)/
