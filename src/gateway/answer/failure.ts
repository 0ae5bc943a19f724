/** Encodes a failure as the client sees it. */
import { type GatewayError, isJsonObject, parseObject } from '#model'
import { headerOf, toByteString } from '#streams'
import type { Answer, GatewayCall } from '../call.ts'
import { toClientHeaders } from '../lanes/relay-headers.ts'

/**
 * @param relayed the upstream speaks the client's protocol, so its error can be forwarded: unchanged if it has the
 * shape of the protocol. SDKs read no other shape, and would report an empty body.
 */
export const encodeFailure = (call: GatewayCall, error: GatewayError, relayed: boolean): Answer => {
  const { upstream } = error
  const theirs =
    relayed && upstream?.status === error.status ? withoutType(upstream.rawHeaders) : undefined
  if (theirs && upstream && hasOwnShape(upstream.body))
    return {
      status: upstream.status,
      headers: [...JSON_TYPE, ...theirs],
      body: toByteString(upstream.body),
    }
  const { status, headers, body } = call.protocol.encodeError(error, call.requestId)
  const ours = Object.entries(headers).filter(([name]) => !headerOf(theirs ?? [], name))
  return {
    status,
    headers: [...JSON_TYPE, ...ours.flat(), ...(theirs ?? [])],
    body: toByteString(JSON.stringify(body)),
  }
}

const JSON_TYPE = ['content-type', 'application/json']

/** The body of a failure is always plain JSON, whatever the upstream's was. */
const ABOUT_THEIR_BODY: ReadonlySet<string> = new Set(['content-type', 'content-encoding'])

const withoutType = (rawHeaders: readonly string[]): string[] => {
  const headers = toClientHeaders(rawHeaders)
  return headers.filter((_, at) => !ABOUT_THEIR_BODY.has(headers[at - (at % 2)] ?? ''))
}

/** `{error: {message}}`, which all protocols have in common. */
const hasOwnShape = (text: string): boolean => {
  const error = parseObject(text)?.error
  return isJsonObject(error) && typeof error.message === 'string'
}
