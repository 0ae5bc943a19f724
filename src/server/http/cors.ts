/** Answers the preflight requests of browsers, and adds the CORS headers to every answer. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OriginCheck } from '#access'

const MAX_AGE_S = '7200'

/** Alternating names and values of headers for a page of an allowed origin. */
export const corsHeaders = (
  request: IncomingMessage,
  allowsOrigin: OriginCheck,
): readonly string[] => {
  const { origin } = request.headers
  return origin !== undefined && allowsOrigin(origin)
    ? [
        'access-control-allow-origin',
        origin,
        'access-control-expose-headers',
        '*',
        'vary',
        'origin',
      ]
    : []
}

/** A preflight carries no credentials, so it is answered before authentication. */
export const isPreflight = (request: IncomingMessage): boolean =>
  request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined

export const answerPreflight = (
  request: IncomingMessage,
  response: ServerResponse,
  headers: readonly string[],
): void => {
  const asked = request.headers['access-control-request-headers']
  response.writeHead(headers.length > 0 ? 204 : 403, [
    ...headers,
    'access-control-allow-methods',
    'GET, HEAD, POST, PATCH, DELETE, OPTIONS',
    'access-control-allow-headers',
    asked ?? '*',
    'access-control-max-age',
    MAX_AGE_S,
    'content-length',
    '0',
  ])
  response.end()
}
