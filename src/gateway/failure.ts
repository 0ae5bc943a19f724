/** A failure as the client is told of it. */
import { type GatewayError, isJsonObject } from '#model'
import { toByteString } from '#streams'
import type { Redact } from '#telemetry'
import type { Answer, GatewayCall } from './call.ts'
import { toClientHeaders } from './relay-headers.ts'

/** @param relayed the upstream speaks the client's protocol, so that its own words can stand. */
export const encodeFailure = (
  call: GatewayCall,
  error: GatewayError,
  relayed: boolean,
  redact: Redact,
): Answer => {
  const { upstream } = error
  if (relayed && upstream && upstream.status === error.status && isJsonText(upstream.body))
    return {
      status: upstream.status,
      headers: ['content-type', 'application/json', ...withoutType(upstream.rawHeaders)],
      body: toByteString(redact(upstream.body)),
    }
  const { status, headers, body } = call.protocol.encodeError(error, call.requestId)
  return {
    status,
    headers: ['content-type', 'application/json', ...Object.entries(headers).flat()],
    body: toByteString(redact(JSON.stringify(body))),
  }
}

/** What an event of a stream told had no type of its own, and what had one is JSON here in every case. */
const withoutType = (rawHeaders: readonly string[]): string[] => {
  const headers = toClientHeaders(rawHeaders)
  return headers.filter((_, at) => headers[at - (at % 2)] !== 'content-type')
}

const isJsonText = (body: string): boolean => {
  try {
    return isJsonObject(JSON.parse(body))
  } catch {
    return false
  }
}
